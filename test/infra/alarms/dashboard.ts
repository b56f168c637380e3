import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { PAGE_COUNTS, PAGE_DURATION, RUNS_STALLED } from '../../../lib/workflow/metrics.ts';
import { synthesize } from '../synthesized.ts';

interface Widget {
  type: string;
  x: number;
  y: number;
  width: number;
  height: number;
  properties: {
    title?: string;
    markdown?: string;
    alarms?: string[];
    metrics?: unknown[][];
    setPeriodToTimeRange?: boolean;
    stacked?: boolean;
  };
}

const { runner } = synthesize();

/** A text that CloudFormation joins, with `<name>` for what it puts in. */
function resolved(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[intrinsic, argument] = []] = Object.entries(value as object);
  if (intrinsic === 'Fn::Join') return argument[1].map(resolved).join(argument[0]);
  return `<${[argument].flat().join('.')}>`;
}

function dashboardOf(template: Template): { periodOverride: string; widgets: Widget[] } {
  const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  return JSON.parse(resolved(dashboard?.Properties.DashboardBody));
}

const { widgets, periodOverride } = dashboardOf(runner);

function widget(title: string): Widget {
  const found = widgets.filter(({ properties }) => properties.title === title);
  expect(found).toHaveLength(1);
  return found[0] as Widget;
}

interface Line {
  name?: string;
  expression?: string;
  dimensions?: Record<string, string | undefined>;
  label?: string;
  visible?: boolean;
  stat?: string;
  period?: number;
}

/** A metric stands as `[namespace, name, dimension, value, ..., options]`, an expression as `[options]`. */
function linesOf({ properties: { metrics = [] } }: Widget): Line[] {
  return metrics.map((entry) => {
    const last = entry.at(-1);
    const options = (typeof last === 'object' ? last : {}) as Line;
    const [namespace, name, ...rest] = entry.filter((part): part is string => typeof part === 'string');
    if (namespace === undefined) return options;
    const dimensions = Object.fromEntries(rest.flatMap((part, index) => (index % 2 === 0 ? [[part, rest[index + 1]]] : [])));
    return { ...options, name: `${namespace} ${name}`, dimensions };
  });
}

describe('layout', () => {
  it('fits 24 columns, and no widget lies on another', () => {
    const taken = new Map<string, string>();
    for (const { x, y, width, height, properties } of widgets) {
      const name = properties.title ?? properties.markdown ?? '';
      expect(x + width).toBeLessThanOrEqual(24);
      for (let column = x; column < x + width; column += 1)
        for (let row = y; row < y + height; row += 1) {
          expect([name, taken.get(`${column},${row}`)]).toEqual([name, undefined]);
          taken.set(`${column},${row}`, name);
        }
    }
    const bottom = Math.max(...widgets.map(({ y, height }) => y + height));
    expect(taken.size).toBe(24 * bottom);
  });

  it('gives every widget a title, and no two the same', () => {
    const titles = widgets.map(({ properties }) => properties.title ?? /^##? (.+)/.exec(properties.markdown ?? '')?.[1]);
    for (const title of titles) expect(title).toMatch(/\w{3}/);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('keeps to the period that its titles name', () => {
    expect(periodOverride).toBe('inherit');
    for (const each of widgets) {
      if (each.type !== 'metric' || each.properties.setPeriodToTimeRange) continue;
      for (const { name, period = 300 } of linesOf(each)) expect([name, period]).toEqual([name, name?.includes(RUNS_STALLED) ? 300 : 60]);
    }
  });
});

it('is named by environment and region, as CloudWatch has one set for all regions', () => {
  runner.hasResourceProperties('AWS::CloudWatch::Dashboard', {
    DashboardName: { 'Fn::Join': ['', ['backfill-development-', { Ref: 'AWS::Region' }]] },
  });
});

it('says what to type, where more is written, and what stands in alarm', () => {
  const [header] = widgets;
  const markdown = header?.properties.markdown ?? '';
  for (const command of ['monitor', 'pause', 'resume', 'rollback'])
    expect(markdown).toContain(`\`npx backfill ${command} RUN --environment development\``);
  for (const [page] of markdown.matchAll(/docs\/[a-z/-]+\.md/g))
    expect(readFileSync(join(__dirname, '../../..', page), 'utf8')).toMatch(/^# /);
  expect(widget('Alarms').properties.alarms).toHaveLength(Object.keys(runner.findResources('AWS::CloudWatch::Alarm')).length);
});

describe.each([
  ['receipt-place', ['created', 'skipped', 'failed', 'deleted'], 'receipts', ['GSI1', 'GSI2', 'GSI3', 'GSI4']],
  ['wardrobe-normalize', ['updated', 'skipped', 'failed', 'restored'], 'wardrobe', []],
])('section of %s', (name, outcomes, table, indexes) => {
  const own = { backfill: name, environment: 'development' };

  it('shows progress as outcomes, added up and stacked', () => {
    const progress = widget(`${name}: progress, outcomes added up from the left edge`);
    const shown = linesOf(progress).filter(({ expression }) => expression);
    expect(shown.map(({ label, expression }) => ({ label, expression }))).toEqual(
      outcomes.map((outcome) => ({ label: outcome, expression: `RUNNING_SUM(FILL(${outcome}, 0))` })),
    );
    expect(progress.properties.stacked).toBe(true);
  });

  it.each([`${name}: items a minute`, `${name}: totals of the time shown`])('%s', (title) => {
    const lines = linesOf(widget(title));
    expect(lines.map(({ label }) => label)).toEqual(['scanned', ...outcomes, 'raced']);
    for (const line of lines) {
      const metric = `Backfill Items${line.label?.[0]?.toUpperCase()}${line.label?.slice(1)}`;
      expect(line).toMatchObject({ name: metric, dimensions: own, stat: 'Sum' });
    }
  });

  it.each(['Write', 'Read'])('tells apart why %ss are throttled, in the table and each index', (kind) => {
    const lines = linesOf(widget(`${name}: throttled ${kind.toLowerCase()}s by reason, all clients`));
    const reasons = ['KeyRangeThroughput', 'ProvisionedThroughput', 'MaxOnDemandThroughput'];
    const targets = [{ TableName: table }, ...indexes.map((index) => ({ TableName: table, GlobalSecondaryIndexName: index }))];
    expect(lines.map(({ name: metric, dimensions }) => ({ metric, dimensions }))).toEqual(
      targets.flatMap((dimensions) => reasons.map((reason) => ({ metric: `AWS/DynamoDB ${kind}${reason}ThrottleEvents`, dimensions }))),
    );
  });

  it('shows how long pages and the table’s operations take', () => {
    expect(linesOf(widget(`${name}: time a page takes`)).map(({ name: metric, stat }) => `${metric} ${stat}`)).toEqual([
      'Backfill PageDuration p50',
      'Backfill PageDuration p99',
    ]);
    const operations = linesOf(widget(`${name}: latency of ${table}, average by operation, all clients`));
    const writes = outcomes.includes('created') ? ['PutItem', 'DeleteItem'] : ['UpdateItem'];
    expect(operations.map(({ dimensions }) => dimensions?.Operation)).toEqual(['Scan', 'BatchGetItem', 'BatchExecuteStatement', ...writes]);
  });

  it('counts errors of items, service, functions and machines', () => {
    const labels = linesOf(widget(`${name}: errors a minute`)).map(({ label }) => label);
    expect(labels).toEqual([
      'failed items',
      ...(name === 'receipt-place' ? ['errors of places'] : []),
      'coordinator errors',
      'processor errors',
      'rehearser errors',
      'cleanup errors',
      'runs failed',
      'runs timed out',
      'rollbacks failed',
      'rollbacks timed out',
    ]);
  });
});

describe('cost', () => {
  const expressions = (title: string, of = widgets) =>
    of
      .filter(({ properties }) => properties.title?.startsWith(title))
      .flatMap(linesOf)
      .flatMap(({ expression }) => expression ?? []);

  it('is units at on-demand prices and calls at the definition’s price', () => {
    expect(expressions('receipt-place: cost, at')).toEqual([
      'writes * 3600 / PERIOD(writes) * 0.625 / 1000000',
      'reads * 3600 / PERIOD(reads) * 0.125 / 1000000',
      'calls * 3600 / PERIOD(calls) * 0.017',
    ]);
    expect(expressions('receipt-place: cost of')).toEqual(['writes * 0.625 / 1000000 + reads * 0.125 / 1000000 + calls * 0.017']);
    expect(expressions('wardrobe-normalize: cost of')).toEqual(['writes * 0.625 / 1000000 + reads * 0.125 / 1000000']);
  });

  it('goes by the prices that the environment names', () => {
    const development = { prices: { writeUnits: 1.25, readUnits: 0.0000005, region: 'eu-central-1' } };
    const priced = dashboardOf(synthesize({ context: { environments: { development } } }).runner).widgets;
    expect(expressions('wardrobe-normalize: cost, at on-demand prices of eu-central-1', priced)).toEqual([
      'writes * 3600 / PERIOD(writes) * 1.25 / 1000000',
      'reads * 3600 / PERIOD(reads) * 0.0000005 / 1000000',
    ]);
  });
});

it('ends with what all backfills share', () => {
  expect(linesOf(widget('Runs without progress for 15 minutes'))).toMatchObject([
    { name: 'Backfill RunsStalled', dimensions: { environment: 'development' }, stat: 'Maximum' },
  ]);
  expect(linesOf(widget('Throttles of the ledger')).map(({ label }) => label)).toEqual([
    'ledger: writes',
    'ledger: reads',
    'GSI1: writes',
    'GSI1: reads',
  ]);
  expect(linesOf(widget('Events that could not be handled'))).toMatchObject([{ name: 'AWS/SQS ApproximateNumberOfMessagesVisible' }]);
});

describe('metrics of dashboard and alarms', () => {
  /** As AWS documents them: Developer Guides of DynamoDB, Step Functions, Lambda, SQS and EventBridge Scheduler. */
  const documented = [
    'AWS/DynamoDB ReadKeyRangeThroughputThrottleEvents',
    'AWS/DynamoDB ReadMaxOnDemandThroughputThrottleEvents',
    'AWS/DynamoDB ReadProvisionedThroughputThrottleEvents',
    'AWS/DynamoDB ReadThrottleEvents',
    'AWS/DynamoDB SuccessfulRequestLatency',
    'AWS/DynamoDB WriteKeyRangeThroughputThrottleEvents',
    'AWS/DynamoDB WriteMaxOnDemandThroughputThrottleEvents',
    'AWS/DynamoDB WriteProvisionedThroughputThrottleEvents',
    'AWS/DynamoDB WriteThrottleEvents',
    'AWS/Lambda Errors',
    'AWS/Lambda Throttles',
    'AWS/SQS ApproximateNumberOfMessagesVisible',
    'AWS/Scheduler InvocationAttemptCount',
    'AWS/Scheduler InvocationDroppedCount',
    'AWS/Scheduler TargetErrorCount',
    'AWS/States ExecutionsFailed',
    'AWS/States ExecutionsTimedOut',
  ];
  const emitted = [...PAGE_COUNTS, PAGE_DURATION, RUNS_STALLED].map((name) => `Backfill ${name}`);

  it('are ones that the handlers emit, or that AWS documents', () => {
    const shown = widgets.flatMap(linesOf).flatMap(({ name }) => name ?? []);
    const watched = Object.values(runner.findResources('AWS::CloudWatch::Alarm')).flatMap(({ Properties }) => [
      ...(Properties.MetricName ? [`${Properties.Namespace} ${Properties.MetricName}`] : []),
      ...(Properties.Metrics ?? []).flatMap(({ MetricStat }: { MetricStat?: { Metric: Record<string, string> } }) =>
        MetricStat ? [`${MetricStat.Metric.Namespace} ${MetricStat.Metric.MetricName}`] : [],
      ),
    ]);
    const used = new Set([...shown, ...watched]);
    expect(used.size).toBeGreaterThan(20);
    expect([...used].filter((metric) => !documented.includes(metric) && !emitted.includes(metric))).toEqual([]);
  });

  it('leave out nothing that the handlers emit but what a total of throttled requests hides', () => {
    const shown = new Set(widgets.flatMap(linesOf).flatMap(({ name }) => name ?? []));
    expect(emitted.filter((metric) => !shown.has(metric))).toEqual(['Backfill Throttles']);
  });
});

it('is linked to the machines of its own region', () => {
  const markdown = widgets.map(({ properties }) => properties.markdown ?? '').join('\n');
  const links = [...markdown.matchAll(/\[(run|rollback)\]\((.*?)\)/g)].map(([, , link]) => link);
  expect(links).toHaveLength(4);
  for (const link of links)
    expect(link).toMatch(
      /^https:\/\/<AWS::Region>\.console\.aws\.amazon\.com\/states\/home\?region=<AWS::Region>#\/statemachines\/view\/</,
    );
});
