import { BackfillError } from '../../../lib/core/errors.ts';
import { tryAccess, writesOfRollback, writesOfRun } from '../../../lib/core/probe.ts';
import { withoutWriter } from '../../../lib/core/rehearsal.ts';
import type { SettleContext } from '../../../lib/core/settle.ts';
import { UNTOLD } from '../../../lib/core/throttle.ts';
import type { Write, WriteResult } from '../../../lib/core/write.ts';
import { memoryWorld } from '../../support/memory-ports.ts';
import { doubling, making } from '../../support/thing-definitions.ts';

type Kind = Write['kind'];

/** Tries all kinds; `answer` is what the table says to the how-manieth trial. */
async function tried(kinds: readonly Kind[], answer: (count: number) => WriteResult, dryRun = false) {
  const world = memoryWorld({
    definition: doubling,
    items: [],
    options: { dryRun },
    facts: { key: ['id', 'n'], keyTypes: { id: 'S', n: 'N' } },
  });
  const sent: [Kind, object][] = [];
  world.table.probe = async (kind: Kind, key: object) => {
    sent.push([kind, key]);
    return answer(sent.length);
  };
  await tryAccess(world.run, kinds, world.facts, world.ports);
  return sent;
}

const permitted = (): WriteResult => ({ kind: 'condition-failed' });
const key = { id: { S: 'backfill-probe' }, n: { N: '0' } };

test('a run that updates tries updates, one that creates creates; a rollback also what takes those back', () => {
  expect([writesOfRun(doubling), writesOfRun(making)]).toEqual([['update'], ['create']]);
  expect([writesOfRollback(doubling), writesOfRollback(making)]).toEqual([['update'], ['delete', 'create']]);
});

test('a condition that does not hold shows that the write is permitted, and so does a throttle', async () => {
  expect(await tried(['create', 'update'], permitted)).toEqual([
    ['create', key],
    ['update', key],
  ]);
  expect(await tried(['delete'], () => ({ kind: 'throttled', throttle: UNTOLD }))).toHaveLength(1);
});

test('a passing fault is tried again, up to a point', async () => {
  expect(await tried(['update'], (count) => (count < 3 ? { kind: 'retry', message: 'hm' } : permitted()))).toHaveLength(3);
  await expect(tried(['update'], () => ({ kind: 'retry', message: 'hm' }))).rejects.toMatchObject({ code: 'table.unreachable' });
});

test('a rehearsal sends nothing', async () => {
  expect(await tried(['create', 'update', 'delete'], permitted, true)).toEqual([]);
});

test('nor could it: its ports have no way to write', async () => {
  const { ports, run, facts } = memoryWorld({ definition: doubling, items: [] });
  const context = { ports, run, facts } as SettleContext;
  const { writer } = withoutWriter(context).ports;
  await expect(writer.probe('create', {})).rejects.toMatchObject({ message: 'A rehearsal does not write.' });
  await expect(writer.apply([], new AbortController().signal)).rejects.toMatchObject({ message: 'A rehearsal does not write.' });
});

test('a missing right is named by action and table', async () => {
  const refuse = (): never => {
    throw new BackfillError('table.access-denied', 'User is not authorized.');
  };
  await expect(tried(['delete'], refuse)).rejects.toMatchObject({
    code: 'preflight.permission-missing',
    details: { action: 'dynamodb:DeleteItem', table: 'things' },
  });
});

test('a missing right that the writer names is told as it names it', async () => {
  const details = { action: 'dynamodb:PartiQLDelete' };
  const refuse = (): never => {
    throw new BackfillError('table.access-denied', 'User is not authorized.', { details });
  };
  await expect(tried(['delete'], refuse)).rejects.toMatchObject({ code: 'preflight.permission-missing', details });
});

test.each([
  [[], []],
  [[{ what: 'deletions', why: 'so it is' }] as const, [{ who: 'worker', what: 'not in batches', details: { deletions: 'so it is' } }]],
])('what goes singly is among the run’s events: %j', async (singly, events) => {
  const { run, facts, ports, table } = memoryWorld({ definition: doubling, items: [] });
  await ports.ledger.createRun(run, []);
  table.sentSingly = async () => [...singly];
  await tryAccess(run, ['update'], facts, ports);
  expect(await ports.ledger.events(run.runId)).toMatchObject(events);
});

test('an endpoint that carries such a write out is not to be trusted', async () => {
  await expect(tried(['create'], () => ({ kind: 'applied' }))).rejects.toMatchObject({ code: 'machine.failed' });
});
