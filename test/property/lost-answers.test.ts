import fc from 'fast-check';
import { prepareRollback } from '../../lib/core/rollback/prepare.ts';
import { UNTOLD } from '../../lib/core/throttle.ts';
import type { WriteResult } from '../../lib/core/write.ts';
import { carry, portsOf, runThrough, tableOf, undoThrough } from '../support/executions.ts';
import { RUN_ID, type World } from '../support/memory-ports.ts';
import type { Around } from '../support/port-calls.ts';
import { countApplied, ranOf, undoneOf } from '../support/undo-endings.ts';
import { meddle, meddling, quiet, worldOf } from '../support/undo-scenarios.ts';

/** A write, a checkpoint or a journal object that landed though its answer was lost is counted once, as ours. */

/** What befalls a write: its answer is lost, it is lost itself, or refused for now. */
type Mishap = 'answer' | 'request' | 'throttle' | null;

/** `mishaps`: of each write that is sent, in order. Returns how often an effect landed for each item, and how many writes were sent. */
function mishap(world: World, mishaps: readonly Mishap[]): { landed: Record<string, number>; sent: () => number; clear: () => void } {
  const { table } = world;
  const landed: Record<string, number> = {};
  let sent = 0;
  table.onWrite = (write): WriteResult => {
    const what = mishaps[sent] ?? null;
    sent += 1;
    if (what === 'throttle') return { kind: 'throttled', throttle: UNTOLD };
    if (what === 'request') return { kind: 'retry', message: 'the request was lost' };
    const result = table.write(write);
    const id = (write.key.id as { S: string }).S;
    if (result.kind === 'applied') landed[id] = (landed[id] ?? 0) + 1;
    return what === 'answer' ? { kind: 'retry', message: 'the answer was lost' } : result;
  };
  return { landed, sent: () => sent, clear: () => (table.onWrite = () => undefined) };
}

let tried = 0;

describe.each(quiet)('$name', (scenario) => {
  const before = tableOf(worldOf(scenario));
  const ran = async (mishaps: readonly Mishap[]) => {
    const world = worldOf(scenario);
    const { landed, sent, clear } = mishap(world, mishaps);
    await runThrough(world);
    clear();
    return { world, landed, sent: sent(), ending: await ranOf(world) };
  };
  const undone = async (mishaps: readonly Mishap[], acts = {}) => {
    const world = worldOf(scenario);
    await runThrough(world);
    meddle(world, acts);
    const { landed, sent } = mishap(world, mishaps);
    await undoThrough(world, [], { batchSize: 2 });
    return { landed, sent: sent(), ending: await undoneOf(world) };
  };
  const alone = (at: number, many = 1): Mishap[] => Array.from({ length: at + many }, (_, index) => (index >= at ? 'answer' : null));
  const once = (landed: Record<string, number>): boolean => Object.values(landed).every((times) => times === 1);

  test('of each write of the run, once and three times', async () => {
    const undisturbed = await ran([]);
    for (let at = 0; at < undisturbed.sent; at += 1) {
      for (const many of [1, 3]) {
        const { world, ending, landed } = await ran(alone(at, many));
        expect({ at, ...ending }).toStrictEqual({ at, ...undisturbed.ending });
        expect(landed).toStrictEqual(undisturbed.landed);
        await undoThrough(world);
        expect({ at, ...(await undoneOf(world)) }).toMatchObject({ at, run: 'rolled-back', table: before, conflicts: [], failures: [] });
        tried += 1;
      }
    }
  });

  test.each([
    ['nobody about', {}],
    ['meddling since', meddling[scenario.name] ?? {}],
  ])('of each write of the rollback, %s', async (_, acts) => {
    const undisturbed = await undone([], acts);
    expect(undisturbed.sent).toBeGreaterThan(0);
    for (let at = 0; at < undisturbed.sent; at += 1) {
      for (const many of [1, 3]) {
        const { ending, landed } = await undone(alone(at, many), acts);
        expect({ at, ...ending }).toStrictEqual({ at, ...undisturbed.ending });
        expect(once(landed)).toBe(true);
        tried += 1;
      }
    }
  });

  test('among other mishaps', async () => {
    const what = fc.constantFrom<Mishap>('answer', 'request', 'throttle', null, null);
    const mishaps = fc.array(what, { minLength: 4, maxLength: 30 });
    const undisturbed = { run: (await ran([])).ending, rollback: (await undone([])).ending };
    await fc.assert(
      fc.asyncProperty(mishaps, mishaps, async (first, later) => {
        const { ending, landed } = await ran(first);
        expect(ending).toStrictEqual(undisturbed.run);
        expect(once(landed)).toBe(true);
        const undoing = await undone(later);
        expect(undoing.ending).toStrictEqual(undisturbed.rollback);
        expect(once(undoing.landed)).toBe(true);
        tried += 1;
      }),
      { numRuns: 25, seed: 20261121 },
    );
  });

  test('of journal objects, listings and checkpoints: each is sent twice', async () => {
    const TWICE = ['journal.put', 'artifacts.put', 'ledger.checkpoint', 'ledger.heartbeat', 'ledger.release', 'ledger.planSegments'];
    let repeats = 0;
    const around: Around = async (label, effect) => {
      const first = await effect();
      if (!TWICE.includes(label)) return first;
      repeats += 1;
      return effect();
    };
    const plain = await ran([]);
    const world = worldOf(scenario);
    const applied = countApplied(world);
    const ports = portsOf(world, around);
    await carry({ runId: RUN_ID, epoch: 1 }, world, ports);
    expect(await ranOf(world)).toStrictEqual(plain.ending);
    expect([...world.journal.objects]).toStrictEqual([...plain.world.journal.objects]);
    await carry(await prepareRollback({ run: RUN_ID, batchSize: 2 }, 'twice', ports), world, ports);
    expect(await undoneOf(world)).toStrictEqual((await undone([])).ending);
    expect(Object.values(applied).every((times) => times === 2)).toBe(true);
    expect(repeats).toBeGreaterThan(15);
  });
});

afterAll(() => {
  process.stdout.write(`lost-answers: ${tried} histories\n`);
});
