import { canonicalItem, type Item } from '../../lib/core/attribute-value.ts';
import { type Embedded, embedded } from '../support/embedded.ts';

/** Every way to write to production by mistake, at the machine itself: console, schedule and CLI all come through here. */

let here: Embedded;
let writes: string[];
let before: string[];

const texts = (items: readonly Item[]): string[] => items.map(canonicalItem).sort();

beforeEach(async () => {
  here = await embedded({ backfill: 'wardrobe-normalize', wardrobe: 60 });
  before = texts(await here.scanAll());
  writes = noteWrites();
});
afterEach(() => here.close());

/** Names of the requests that change the table, as they are sent. */
function noteWrites(): string[] {
  const { send } = here.dynamo;
  const noted: string[] = [];
  here.dynamo.send = ((command: { constructor: { name: string }; input: object }, ...rest: unknown[]) => {
    const { name } = command.constructor;
    if (JSON.stringify(command.input).includes('"wardrobe"') && /Put|Update|Delete|Write|Execute|Transact/.test(name)) noted.push(name);
    return (send as (...given: unknown[]) => unknown).call(here.dynamo, command, ...rest);
  }) as typeof send;
  return noted;
}

const production = { environment: 'production' };
const small = { segments: 2, tolerate: 1 };
const run = (input: Record<string, unknown>) => here.run(input, production);
const rollback = (input: Record<string, unknown>) => here.rollback(input, production);
const rehearse = () => run({ ...small, dryRun: true });
const runs = () => here.ports.ledger.listRuns('wardrobe-normalize', 50);
const refusal = (code: string) => ({ status: 'failed', thrown: { code } });

async function expectUntouched(): Promise<void> {
  expect(writes).toStrictEqual([]);
  expect(texts(await here.scanAll())).toStrictEqual(before);
}

/** A confirmed run, complete. */
async function written(): Promise<string> {
  await rehearse();
  const { run: done } = await run({ ...small, confirm: 'YES' });
  expect(done).toMatchObject({ status: 'complete', environment: 'production' });
  expect(writes.length).toBeGreaterThan(20);
  writes.length = 0;
  before = texts(await here.scanAll());
  return done?.runId ?? '';
}

test.each([
  [{}, 'confirm.required'],
  [{ confirm: 'yes' }, 'confirm.required'],
  [{ confirm: 'YES ' }, 'confirm.required'],
  [{ confirm: '' }, 'confirm.required'],
  [{ confirm: true }, 'option.invalid'],
  [{ confirm: ['YES'] }, 'option.invalid'],
  [{ Confirm: 'YES' }, 'option.unknown'],
  [{ startedBy: 'schedule' }, 'confirm.required'],
  [{ rehearsal: false }, 'confirm.required'],
  [{ dryRun: false }, 'confirm.required'],
  [{ dryRun: 'true' }, 'option.invalid'],
  [{ countOnly: true }, 'option.invalid'],
  [{ limit: 1 }, 'confirm.required'],
])('a run with %j writes nothing, though it was rehearsed', async (input, code) => {
  await rehearse();
  expect((await run(input)).execution).toMatchObject(refusal(code));
  expect(await runs()).toHaveLength(1);
  await expectUntouched();
});

test('a dry run needs no word, and writes nothing', async () => {
  const { execution, run: rehearsal } = await rehearse();
  expect(execution.status).toBe('succeeded');
  expect(rehearsal).toMatchObject({ status: 'complete', environment: 'production', totals: { writeUnits: 0 } });
  expect(rehearsal?.totals?.updated).toBeGreaterThan(20);
  await expectUntouched();
});

describe('the word alone is not enough without a rehearsal', () => {
  const confirmed = { ...small, confirm: 'YES' };

  test('of which there was none', async () => {
    expect((await run(confirmed)).execution).toMatchObject(refusal('rehearsal.required'));
    await expectUntouched();
  });

  test('in production', async () => {
    await here.run({ ...small, dryRun: true }, { environment: 'staging' });
    expect((await run(confirmed)).execution).toMatchObject(refusal('rehearsal.required'));
    await expectUntouched();
  });

  test('of the same version', async () => {
    const { run: rehearsal } = await rehearse();
    await here.ports.ledger.updateRun(rehearsal?.runId ?? '', 1, { version: '0.9' });
    expect((await run(confirmed)).execution).toMatchObject(refusal('rehearsal.required'));
    await expectUntouched();
  });

  test('of the whole table', async () => {
    await run({ ...small, dryRun: true, limit: 5 });
    expect((await run(confirmed)).execution).toMatchObject(refusal('rehearsal.required'));
    await expectUntouched();
  });

  test('to its end', async () => {
    const { run: rehearsal } = await rehearse();
    await here.ports.ledger.updateRun(rehearsal?.runId ?? '', 1, { status: 'aborted', proof: null });
    expect((await run(confirmed)).execution).toMatchObject(refusal('rehearsal.required'));
    await expectUntouched();
  });

  test('unless somebody says so, too', async () => {
    expect((await run({ ...confirmed, rehearsal: false })).run).toMatchObject({ status: 'complete' });
    expect(writes.length).toBeGreaterThan(20);
  });
});

test('after a run, neither a retry nor a rollback writes without the word, whichever way it is asked for', async () => {
  const runId = await written();
  for (const word of [{}, { confirm: 'yes' }, { confirm: 'YES ' }]) {
    expect((await run({ retry: runId, ...word })).execution).toMatchObject(refusal('confirm.required'));
    expect((await rollback({ run: runId, ...word })).execution).toMatchObject(refusal('confirm.required'));
    expect((await rollback(word)).execution).toMatchObject(refusal('confirm.required'));
  }
  expect((await rollback({ run: runId, startedBy: 'schedule' })).execution).toMatchObject(refusal('confirm.required'));
  expect((await run({ startedBy: 'schedule' })).execution).toMatchObject(refusal('confirm.required'));
  expect((await rollback({ run: runId, dryRun: true })).execution.status).toBe('succeeded');
  expect(await here.ports.ledger.getRun(runId)).toMatchObject({ status: 'complete', rounds: 1, undoneBy: null });
  await expectUntouched();
});

test('a retry that is a rehearsal as well is refused: it would be a retry', async () => {
  const runId = await written();
  expect((await run({ retry: runId, dryRun: true })).execution).toMatchObject(refusal('option.invalid'));
  expect((await run({ resume: runId, dryRun: true })).execution).toMatchObject(refusal('option.invalid'));
  await expectUntouched();
});

describe('a resume asks for no word, for a run that was never confirmed does not exist', () => {
  test('what was refused has left no run to resume', async () => {
    await run({ ...small });
    await run({ ...small, confirm: 'YES' });
    expect(await runs()).toStrictEqual([]);
    expect((await run({ resume: '20261121-115401-k3f9' })).execution).toMatchObject(refusal('run.unknown'));
    await expectUntouched();
  });

  test('a rehearsal that is carried on stays a rehearsal', async () => {
    const { run: rehearsal } = await rehearse();
    await here.ports.ledger.updateRun(rehearsal?.runId ?? '', 1, { status: 'held' });
    expect((await run({ resume: rehearsal?.runId })).run).toMatchObject({ status: 'complete', options: { dryRun: true } });
    await expectUntouched();
  });

  test.each(['local', 'staging'])('a run of %s is not carried on in production, nor retried or undone', async (environment) => {
    const { run: other } = await here.run({ ...small, limit: 10 }, { environment });
    await here.ports.ledger.updateRun(other?.runId ?? '', 1, { status: 'held' });
    writes.length = 0;
    before = texts(await here.scanAll());
    const runId = other?.runId;
    expect((await run({ resume: runId })).execution).toMatchObject(refusal('run.unknown'));
    expect((await run({ retry: runId, confirm: 'YES' })).execution).toMatchObject(refusal('run.unknown'));
    expect((await rollback({ run: runId, confirm: 'YES' })).execution).toMatchObject(refusal('run.unknown'));
    await expectUntouched();
  });
});
