import { awsRuntime, publishing } from '../../../lambdas/aws/runtime.ts';
import { systemClock } from '../../../lib/adapters/clock.ts';
import { noCounters } from '../../../lib/core/counters.ts';
import { PAGE_COUNTS, PAGE_DURATION } from '../../../lib/workflow/metrics.ts';

const variables = {
  BACKFILL_ENVIRONMENT: 'staging',
  BACKFILL_NAME: 'receipt-place',
  BACKFILL_TABLES: '{}',
  BACKFILL_DIGEST: 'digest',
  BACKFILL_UNDO_DAYS: '90',
  LEDGER_TABLE: 'ledger',
  SERVICE_CACHE_TABLE: 'cache',
  ARTIFACTS_BUCKET: 'artifacts',
  AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
  AWS_REGION: 'eu-central-1',
};

const counters = {
  ...noCounters(),
  scanned: 1,
  created: 2,
  updated: 3,
  restored: 4,
  deleted: 5,
  skipped: { 'has-place': 5, closed: 1 },
  failed: { timeout: 7 },
  raced: 8,
  writeUnits: 9,
  readUnits: 10,
  throttles: 11,
  serviceCalls: 12,
  serviceErrors: 13,
};

describe('what a worker emits', () => {
  const before = { ...process.env };
  const written: string[] = [];

  beforeAll(() => {
    Object.assign(process.env, variables);
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
  });
  afterAll(() => {
    jest.restoreAllMocks();
    process.env = before;
  });

  it('is every metric of the list, by backfill and environment, published though the worker fails', async () => {
    const worker = publishing(async () => {
      const { meter } = await awsRuntime();
      meter({ counters, durationMs: 250 });
      throw new Error('killed');
    });
    await expect(worker({} as never, {} as never)).rejects.toThrow('killed');
    expect(written).toHaveLength(1);
    const { _aws, ...values } = JSON.parse(written[0] ?? '');
    expect(_aws.CloudWatchMetrics).toEqual([
      {
        Namespace: 'Backfill',
        Dimensions: [['backfill', 'environment']],
        Metrics: [...PAGE_COUNTS.map((Name) => ({ Name, Unit: 'Count' })), { Name: PAGE_DURATION, Unit: 'Milliseconds' }],
      },
    ]);
    expect(values).toMatchObject({ backfill: 'receipt-place', environment: 'staging', PageDuration: 250 });
    expect(PAGE_COUNTS.map((name) => values[name])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  });

  it('is published every minute of a long invocation, and the rest at its end', async () => {
    let now = Date.now() + 600_000;
    jest.spyOn(systemClock, 'now').mockImplementation(() => now);
    written.length = 0;
    const worker = publishing(async () => {
      const { meter } = await awsRuntime();
      for (let page = 0; page < 13; page += 1) {
        meter({ counters, durationMs: 250 });
        now += 10_000;
      }
      return {};
    });
    await worker({} as never, {} as never);
    expect(written.map((text) => [JSON.parse(text).ItemsScanned].flat().length)).toEqual([1, 6, 6]);
  });
});
