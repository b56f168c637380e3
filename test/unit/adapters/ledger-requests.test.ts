import { noCounters } from '../../../lib/core/counters.ts';
import { type LedgerBench, ledgerBench, owner } from '../../support/ledger-bench.ts';

/** What the ledger asks of the database, request by request. */

interface Request {
  name: string;
  input: { IndexName?: string; ConsistentRead?: boolean };
}

let bench: LedgerBench;
let requests: Request[] = [];
/** So many answers are lost: what was asked is done, and nobody hears of it. */
let losing = 0;
let count = 0;
let runId = '';

beforeAll(async () => {
  bench = await ledgerBench();
  bench.dynamo.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (call) => {
        requests.push({ name: commandName.replace('Command', ''), input: call.input as Request['input'] });
        const answer = await next(call);
        if (losing === 0) return answer;
        losing -= 1;
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      },
    { step: 'initialize' },
  );
});
afterAll(() => bench.close());
beforeEach(async () => {
  count += 1;
  runId = `run-${count}`;
  await bench.ledger.createRun(bench.run(runId), []);
  await bench.ledger.planSegments(runId, [{ segment: 0, quota: null }]);
  requests = [];
});
const names = (): string[] => requests.map(({ name }) => name);

test('it is read strongly consistent, but for the list of runs', async () => {
  const { ledger } = bench;
  await Promise.all([
    ledger.getRun(runId),
    ledger.segments(runId, 1),
    ledger.segment(runId, 0),
    ledger.control(runId),
    ledger.events(runId),
  ]);
  expect(requests.map(({ input }) => input.ConsistentRead)).toStrictEqual([true, true, true, true, true]);
  requests = [];
  await ledger.listRuns('doubling', 1);
  expect(requests).toMatchObject([{ name: 'Query', input: { IndexName: 'GSI1' } }]);
});

test('a row is put for each segment that is planned', async () => {
  const planned = Array.from({ length: 130 }, (_, segment) => ({ segment: segment + 1, quota: null }));
  await bench.ledger.planSegments(runId, planned);
  expect(names()).toStrictEqual(planned.map(() => 'PutItem'));
});

test('a checkpoint that lands is one request', async () => {
  const claim = { runId, epoch: 1, segment: 0, owner: owner('x'), now: 0, until: 1, isDead: async () => true };
  await bench.ledger.acquire(claim);
  requests = [];
  const counters = { ...noCounters(), pages: 1 };
  const chain = { seq: 0, attempt: 0, hash: '' };
  await bench.ledger.checkpoint(runId, 0, 1, chain, { state: 'open', cursor: null, counters, chain, fingerprint: '0' });
  expect(names()).toStrictEqual(['UpdateItem']);
});

describe('a lease', () => {
  const acquire = (change: { now?: number; until?: number } = {}) =>
    bench.ledger.acquire({ runId, epoch: 1, segment: 0, owner: owner('x'), now: 0, until: 1_000, isDead: async () => false, ...change });

  test('on a segment that nobody has begun is one request, after the run was looked at', async () => {
    expect(await acquire()).toMatchObject({ kind: 'acquired', segment: { attempt: 1 } });
    expect(names()).toStrictEqual(['GetItem', 'UpdateItem']);
  });

  test('whose answer is lost is ours all the same', async () => {
    await bench.ledger.getRun(runId);
    requests = [];
    const acquiring = acquire();
    while (requests.length < 2) await new Promise((resolve) => setImmediate(resolve));
    losing = 1;
    expect(await acquiring).toMatchObject({ kind: 'acquired', segment: { attempt: 1 } });
    expect(names()).toStrictEqual(['GetItem', 'UpdateItem', 'UpdateItem', 'GetItem']);
  });

  test('that somebody else has costs one more to find out', async () => {
    await acquire();
    requests = [];
    expect(await acquire()).toMatchObject({ kind: 'busy' });
    expect(names()).toStrictEqual(['GetItem', 'UpdateItem', 'GetItem']);
  });

  test('on a segment that was begun takes two more', async () => {
    await acquire();
    requests = [];
    expect(await acquire({ now: 1_000, until: 2_000 })).toMatchObject({ kind: 'acquired', segment: { attempt: 2 } });
    expect(names()).toStrictEqual(['GetItem', 'UpdateItem', 'GetItem', 'UpdateItem']);
  });
});

test('a lock that is free is a look and a request', async () => {
  await bench.ledger.createRun(bench.run(`${runId}-b`), [`${count}/lock`]);
  expect(names()).toStrictEqual(['GetItem', 'PutItem', 'PutItem', 'PutItem']);
});

test('a run that is refused for a lock is nowhere to be seen, not even for a moment', async () => {
  await bench.ledger.createRun(bench.run(`${runId}-b`), [`${count}/held`]);
  requests = [];
  const refused = bench.ledger.createRun(bench.run(`${runId}-c`), [`${count}/free`, `${count}/held`]);
  await expect(refused).rejects.toMatchObject({ code: 'lock.held' });
  expect(names()).toStrictEqual(['GetItem', 'GetItem', 'GetItem']);
});

// What is given back twice could be given out twice, and the run would change more than it may.
test('items whose return is not answered go back once, and those that are given may count twice', async () => {
  const { ledger } = bench;
  await ledger.countItems(runId, 1, 40);
  losing = 1;
  await expect(ledger.giveItems(runId, 1, -10, null)).rejects.toMatchObject({ code: 'ledger.unreachable' });
  expect(await ledger.itemsGiven(runId, 1)).toBe(30);
  losing = 1;
  expect(await ledger.giveItems(runId, 1, 5, 100)).toBe(true);
  expect(await ledger.itemsGiven(runId, 1)).toBe(40);
});
