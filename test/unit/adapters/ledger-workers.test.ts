import { paginateScan } from '@aws-sdk/client-dynamodb';
import { type Item, itemSize } from '../../../lib/core/attribute-value.ts';
import { lookEveryMs } from '../../../lib/core/flow/looks.ts';
import type { WorkerReport } from '../../../lib/core/flow/report.ts';
import { nothingShared } from '../../../lib/core/flow/share-out.ts';
import type { Shares } from '../../../lib/core/flow/shares.ts';
import { workerName } from '../../../lib/core/flow/worker-flow.ts';
import { nothingFound } from '../../../lib/core/governor.ts';
import type { Findings } from '../../../lib/core/records/control.ts';
import { type LedgerBench, ledgerBench } from '../../support/ledger-bench.ts';

/** What a partition of the ledger bears by the second. */
const PARTITION = { read: 3_000, write: 1_000 };

const FLOW = { used: 123_456.789_012_3, use: 12.345_678_901_2, waited: 0.123_456_789, mean: 4.567_890_123, saving: 0 };

const report = (worker: string, at: number): WorkerReport => ({
  worker,
  at,
  busy: true,
  flows: { writeUnits: FLOW, readUnits: FLOW, calls: FLOW },
  serviceAt: at,
  unitsByIndex: { '': 1_234_567, GSI1: 1_234_567, GSI2: 1_234_567 },
  throttledAt: { 'table write key-range': at, 'GSI1 write provisioned': at },
});

const found = (at: number, shares: Shares, governor = 'me'): Findings => ({
  ...nothingFound,
  governor,
  until: at + 8_000,
  at,
  movedAt: at,
  flow: {
    ...nothingShared,
    at,
    deals: Object.fromEntries(
      Object.entries(shares).map(([resource, some]) => [
        resource,
        { limit: 100, shares: some, workers: Object.keys(some).length, newcomer: 1 },
      ]),
    ),
  },
});

const names = (count: number): string[] => Array.from({ length: count }, (_, pid) => workerName({ host: 'here', pid }));
const equal = (workers: readonly string[], share: number): Record<string, number> =>
  Object.fromEntries(workers.map((worker) => [worker, share]));

let bench: LedgerBench;
let count = 0;
let runId = '';

beforeAll(async () => {
  bench = await ledgerBench();
});
afterAll(() => bench.close());
beforeEach(() => {
  count += 1;
  runId = `run-${count}`;
});

const shareOf = async (worker: string): Promise<number | undefined> =>
  (await bench.ledger.control(runId, worker)).findings?.flow?.deals.writeUnits?.shares[worker];

async function rowsOf(run: string): Promise<Item[]> {
  const rows: Item[] = [];
  for await (const { Items = [] } of paginateScan({ client: bench.dynamo }, { TableName: 'backfill-ledger' }))
    rows.push(...(Items as Item[]));
  return rows.filter(({ PK }) => PK && 'S' in PK && PK.S.startsWith(`RUN#${run}`));
}

test('what workers report stands until it is forgotten, of this run alone', async () => {
  const { ledger } = bench;
  const other = `${runId}-other`;
  const reports = async (id: string) => (await ledger.reported(id)).reports.sort((a, b) => b.at - a.at);
  for (const id of [runId, other]) for (const at of [1, 2]) await ledger.report(id, report('one', at));
  await ledger.report(runId, report('two', 1));
  expect(await reports(runId)).toStrictEqual([report('one', 2), report('two', 1)]);
  await ledger.forgetReports(runId);
  expect(await reports(runId)).toStrictEqual([]);
  expect(await reports(other)).toStrictEqual([report('one', 2)]);
});

test('each worker reads its own share, whoever governs all of them, and whoever only looks none', async () => {
  const { ledger } = bench;
  const workers = names(40);
  const shares = { writeUnits: Object.fromEntries(workers.map((worker, index) => [worker, index])), calls: equal(workers, 2) };
  await ledger.govern(runId, found(1_000, shares));
  expect(await Promise.all(workers.map(shareOf))).toStrictEqual(workers.map((_, index) => index));
  expect((await ledger.reported(runId)).shares).toStrictEqual(shares);
  const { deals } = (await ledger.control(runId)).findings?.flow ?? {};
  expect(deals?.writeUnits).toStrictEqual({ limit: 100, shares: {}, workers: 40, newcomer: 1 });
  await ledger.forgetReports(runId);
  expect(await rowsOf(runId)).toHaveLength(1);
});

test('a share that was not dealt again is nobody’s any more', async () => {
  const { ledger } = bench;
  const [one = '', ...others] = names(20);
  await ledger.govern(runId, found(1_000, { writeUnits: equal([one, ...others], 5) }));
  await ledger.govern(runId, found(2_000, { writeUnits: equal(others.slice(0, 1), 100) }));
  expect(await shareOf(one)).toBeUndefined();
  expect(await shareOf(others[0] ?? '')).toBe(100);
  expect((await ledger.reported(runId)).shares).toStrictEqual({ writeUnits: equal(others.slice(0, 1), 100) });
});

test('a governor that was outrun changes no share, and whoever takes its place none before it has dealt', async () => {
  const { ledger } = bench;
  const [one = ''] = names(1);
  await ledger.govern(runId, found(10_000, { writeUnits: { [one]: 7 } }));
  const taken = { ...found(10_000, { writeUnits: {} }), governor: 'you', at: 20_000, until: 28_000 };
  expect(await ledger.govern(runId, taken)).toBe(true);
  expect(await shareOf(one)).toBe(7);
  expect(await ledger.govern(runId, found(21_000, { writeUnits: { [one]: 3 } }, 'you'))).toBe(true);
  expect(await ledger.govern(runId, found(10_500, { writeUnits: { [one]: 9 } }))).toBe(false);
  expect(await shareOf(one)).toBe(3);
});

test('a thousand workers take a third of what any partition of the ledger bears, at most', async () => {
  const { ledger } = bench;
  const workers = names(1_000);
  const looks = 1_000 / lookEveryMs(workers.length);
  await Promise.all(workers.map((worker) => ledger.report(runId, report(worker, 1_000))));
  const shares = equal(workers, 12.34);
  await ledger.govern(runId, found(1_000, { writeUnits: shares, readUnits: shares, calls: shares }));

  const load: Record<string, { read: number; write: number }> = {};
  const rows = await rowsOf(runId);
  const textOf = (row: Item, name: 'PK' | 'SK'): string => (row[name] as { S: string }).S;
  for (const row of rows) {
    const [PK, SK] = [textOf(row, 'PK'), textOf(row, 'SK')];
    const inGroup = rows.filter((other) => textOf(other, 'PK') === PK && textOf(other, 'SK').startsWith('WORKER')).length;
    const readers = { CONTROL: workers.length, SHARES: inGroup + 1 }[SK] ?? 1;
    const bytes = itemSize(row);
    const { read, write } = load[PK] ?? { read: 0, write: 0 };
    load[PK] = { read: read + readers * looks * Math.ceil(bytes / 4_096), write: write + looks * Math.ceil(bytes / 1_024) };
  }
  expect(Math.max(...Object.values(load).map(({ read }) => read))).toBeLessThanOrEqual(PARTITION.read / 3);
  expect(Math.max(...Object.values(load).map(({ write }) => write))).toBeLessThanOrEqual(PARTITION.write / 3);
  expect(Object.keys(load)).toHaveLength(9);
});
