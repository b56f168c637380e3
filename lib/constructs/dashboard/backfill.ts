import { Stack } from 'aws-cdk-lib';
import { type IMetric, type IWidget, LegendPosition, MathExpression, SingleValueWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Prices } from '../../workflow/deployment.ts';
import type { PageCount } from '../../workflow/metrics.ts';
import type { Backfill } from '../backfill.ts';
import { functionMetric, machineMetric, operationLatency, pageCount, pageDuration } from '../metrics.ts';
import { costWidgets } from './cost.ts';
import { COLORS, graph, heading, MINUTE, WIDTH } from './layout.ts';
import { throttlesByReason } from './throttles.ts';

export interface SectionProps {
  readonly environment: string;
  readonly prices: Prices;
}

interface Outcome {
  readonly name: string;
  readonly count: PageCount;
  readonly color: string;
}

/** What can become of an item of this backfill, in a run or in its rollback. */
function outcomesOf({ definition }: Backfill): Outcome[] {
  const creates = definition.target !== undefined;
  const updates = definition.writes.length > 0;
  return [
    ...(creates ? [{ name: 'created', count: 'ItemsCreated', color: COLORS.created } as const] : []),
    ...(updates ? [{ name: 'updated', count: 'ItemsUpdated', color: COLORS.updated } as const] : []),
    { name: 'skipped', count: 'ItemsSkipped', color: COLORS.skipped },
    { name: 'failed', count: 'ItemsFailed', color: COLORS.failed },
    ...(updates ? [{ name: 'restored', count: 'ItemsRestored', color: COLORS.restored } as const] : []),
    ...(creates ? [{ name: 'deleted', count: 'ItemsDeleted', color: COLORS.deleted } as const] : []),
  ];
}

/** From progress to cost. */
export function backfillSection(backfill: Backfill, { environment, prices }: SectionProps): IWidget[][] {
  const { definition, table } = backfill;
  const { name } = definition;
  const count = (metric: PageCount, label: string, color?: string) =>
    pageCount(metric, { backfill: name, environment }, { label, ...(color !== undefined && { color }) });
  const outcomes = outcomesOf(backfill);
  const totals = [
    count('ItemsScanned', 'scanned', COLORS.scanned),
    ...outcomes.map((outcome) => count(outcome.count, outcome.name, outcome.color)),
    count('ItemsRaced', 'raced', COLORS.raced),
  ];
  return [
    [heading(`## ${name}\n${definition.summary} Machines: ${machineLinks(backfill)}`)],
    [
      graph({
        title: `${name}: progress, outcomes added up from the left edge`,
        unit: 'items',
        left: outcomes.map((outcome) => accumulated(count(outcome.count, outcome.name), outcome)),
        stacked: true,
        width: WIDTH / 2,
      }),
      graph({ title: `${name}: items a minute`, unit: 'items a minute', left: totals, width: WIDTH / 2 }),
    ],
    [
      new SingleValueWidget({
        title: `${name}: totals of the time shown`,
        metrics: totals,
        setPeriodToTimeRange: true,
        fullPrecision: true,
        width: WIDTH,
        height: 3,
      }),
    ],
    throttlesByReason(name, table),
    [
      graph({
        title: `${name}: time a page takes`,
        unit: 'ms',
        left: ['p50', 'p99'].map((statistic) => pageDuration({ backfill: name, environment }, { statistic, label: statistic })),
        width: WIDTH / 2,
      }),
      graph({
        title: `${name}: latency of ${table.tableName}, average by operation, all clients`,
        unit: 'ms',
        left: operationsOf(backfill).map((operation) => operationLatency(operation, table, { statistic: 'Average', label: operation })),
        width: WIDTH / 2,
      }),
    ],
    [
      graph({
        title: `${name}: errors a minute`,
        unit: 'errors a minute',
        left: errorsOf(backfill, environment),
        legendPosition: LegendPosition.RIGHT,
        width: WIDTH / 2,
      }),
      ...costWidgets(definition, { environment, prices }),
    ],
  ];
}

const accumulated = (metric: IMetric, { name, color }: Outcome): MathExpression =>
  new MathExpression({ expression: `RUNNING_SUM(FILL(${name}, 0))`, usingMetrics: { [name]: metric }, period: MINUTE, label: name, color });

/** Operations that the handlers send to the table. */
const operationsOf = ({ definition }: Backfill): string[] => [
  'Scan',
  'BatchGetItem',
  'BatchExecuteStatement',
  ...(definition.writes.length > 0 ? ['UpdateItem'] : []),
  ...(definition.target !== undefined ? ['PutItem', 'DeleteItem'] : []),
];

function errorsOf(backfill: Backfill, environment: string): IMetric[] {
  const { definition, machine, rollbackMachine, coordinator, processor, rehearser, cleanup } = backfill;
  const count = (metric: PageCount, label: string) => pageCount(metric, { backfill: definition.name, environment }, { label });
  const functions = { coordinator, processor, rehearser, cleanup };
  return [
    count('ItemsFailed', 'failed items'),
    ...(definition.service ? [count('ServiceErrors', `errors of ${definition.service.name}`)] : []),
    ...Object.entries(functions).map(([label, { functionName }]) => functionMetric('Errors', functionName, { label: `${label} errors` })),
    ...[machine, rollbackMachine].flatMap(({ stateMachineArn }, index) => {
      const what = index === 0 ? 'runs' : 'rollbacks';
      return [
        machineMetric('ExecutionsFailed', stateMachineArn, { label: `${what} failed` }),
        machineMetric('ExecutionsTimedOut', stateMachineArn, { label: `${what} timed out` }),
      ];
    }),
  ];
}

function machineLinks({ machine, rollbackMachine }: Backfill): string {
  const { region } = Stack.of(machine);
  const link = (text: string, arn: string) =>
    `[${text}](https://${region}.console.aws.amazon.com/states/home?region=${region}#/statemachines/view/${arn})`;
  return `${link('run', machine.stateMachineArn)}, ${link('rollback', rollbackMachine.stateMachineArn)}`;
}
