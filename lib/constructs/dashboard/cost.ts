import { type IWidget, MathExpression, SingleValueWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Prices } from '../../workflow/deployment.ts';
import type { PageCount } from '../../workflow/metrics.ts';
import type { BackfillShape } from '../backfill.ts';
import { pageCount } from '../metrics.ts';
import { graph, MINUTE, WIDTH } from './layout.ts';

/** As metric math takes it: without an exponent. */
const decimal = (price: number): string => price.toFixed(12).replace(/\.?0+$/, '');

/** What drives the bill, as far as the handlers count it: units, and calls of the outside service. */
export function costWidgets(definition: BackfillShape, { environment, prices }: { environment: string; prices: Prices }): IWidget[] {
  const { name, service } = definition;
  const lines: { id: string; label: string; count: PageCount; dollars: string }[] = [
    { id: 'writes', label: 'write units', count: 'WriteUnits', dollars: `${decimal(prices.writeUnits)} / 1000000` },
    { id: 'reads', label: 'read units', count: 'ReadUnits', dollars: `${decimal(prices.readUnits)} / 1000000` },
    ...(service
      ? [{ id: 'calls', label: `calls of ${service.name}`, count: 'ServiceCalls', dollars: decimal(service.pricePerCall) } as const]
      : []),
  ];
  const metric = (count: PageCount) => pageCount(count, { backfill: name, environment });
  const hourly = lines.map(
    ({ id, label, count, dollars }) =>
      new MathExpression({
        expression: `${id} * 3600 / PERIOD(${id}) * ${dollars}`,
        usingMetrics: { [id]: metric(count) },
        period: MINUTE,
        label,
      }),
  );
  const total = new MathExpression({
    expression: lines.map(({ id, dollars }) => `${id} * ${dollars}`).join(' + '),
    usingMetrics: Object.fromEntries(lines.map(({ id, count }) => [id, metric(count)])),
    period: MINUTE,
    label: 'dollars',
  });
  return [
    graph({
      title: `${name}: cost, at on-demand prices of ${prices.region}, ${prices.asOf}`,
      unit: 'dollars an hour',
      left: hourly,
      stacked: true,
      width: WIDTH / 3,
    }),
    new SingleValueWidget({
      title: `${name}: cost of the time shown`,
      metrics: [total],
      setPeriodToTimeRange: true,
      width: WIDTH / 6,
      height: 6,
    }),
  ];
}
