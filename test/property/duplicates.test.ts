import fc from 'fast-check';
import { prepareRollback } from '../../lib/core/rollback/prepare.ts';
import { prepare } from '../../lib/core/steps/prepare.ts';
import { carry, type Process, pass, pointsOf, portsOf, runThrough, tableOf, undoThrough, workOn } from '../support/executions.ts';
import { RUN_ID, type World } from '../support/memory-ports.ts';
import type { Around, Kill } from '../support/port-calls.ts';
import { free, freezing, overtaken, PAST_ANY_LEASE } from '../support/stale-workers.ts';
import { countApplied, ranOf, undoneOf } from '../support/undo-endings.ts';
import { meddle, meddling, quiet, worldOf } from '../support/undo-scenarios.ts';

/** Two workers on one segment, at once or one after the other: every write is carried out once and counted once. */

let tried = 0;

const run = (world: World, process: Process) => carry({ runId: RUN_ID, epoch: 1 }, world, portsOf(world, free), process);
const undo = async (world: World, process: Process) => {
  pass(world, 1_000);
  const ports = portsOf(world, free);
  await carry(await prepareRollback({ run: RUN_ID, batchSize: 2 }, 'undo', ports), world, ports, process);
};
const NEVER: Kill = { at: -1, when: 'before' };

/** The last calls of an execution: by the first of them its run is complete, and nobody can carry it on. */
const AT_THE_END = 4;

describe.each(quiet)('$name', (scenario) => {
  const before = tableOf(worldOf(scenario));
  const ran = async (acts = {}): Promise<World> => {
    const world = worldOf(scenario);
    await runThrough(world);
    meddle(world, acts);
    return world;
  };
  const once = (applied: Record<string, number>): boolean => Object.values(applied).every((times) => times === 1);

  test('a worker of the run stands still at any call, is overtaken, and wakes up', async () => {
    const undisturbed = await ranOf(await ran());
    const calm = worldOf(scenario);
    const { process, calls } = overtaken(calm, NEVER);
    await run(calm, process);
    for (const kill of pointsOf(calls())) {
      const world = worldOf(scenario);
      const applied = countApplied(world);
      const stale = overtaken(world, kill);
      await run(world, stale.process);
      expect({ kill, froze: stale.froze(), ...(await ranOf(world)) }).toStrictEqual({ kill, froze: true, ...undisturbed });
      expect({ kill, once: once(applied) }).toStrictEqual({ kill, once: true });
      await undoThrough(world);
      expect({ kill, ...(await undoneOf(world)) }).toMatchObject({ kill, table: before, conflicts: [], failures: [], damaged: [] });
      tried += 1;
    }
  });

  test.each([
    ['nobody about', {}],
    ['meddling since', meddling[scenario.name] ?? {}],
  ])('a worker of the rollback does so, %s', async (_, acts) => {
    const calm = await ran(acts);
    const { process, calls } = overtaken(calm, NEVER);
    await undo(calm, process);
    const undisturbed = await undoneOf(calm);
    for (const kill of pointsOf(calls())) {
      const world = await ran(acts);
      const applied = countApplied(world);
      const stale = overtaken(world, kill);
      await undo(world, stale.process);
      expect({ kill, froze: stale.froze(), ...(await undoneOf(world)) }).toStrictEqual({ kill, froze: true, ...undisturbed });
      expect({ kill, once: once(applied) }).toStrictEqual({ kill, once: true });
      tried += 1;
    }
  });

  test('a whole execution stands still, another carries its run on to the end, and it wakes up', async () => {
    const undisturbed = await ranOf(await ran());
    const counted = freezing(NEVER);
    const calm = worldOf(scenario);
    await carry({ runId: RUN_ID, epoch: 1 }, calm, portsOf(calm, counted.around));
    for (const kill of pointsOf(counted.calls() - AT_THE_END)) {
      const world = worldOf(scenario);
      const applied = countApplied(world);
      const { around, frozen, thaw } = freezing(kill);
      const slow = carry({ runId: RUN_ID, epoch: 1 }, world, portsOf(world, around)).catch((error) => error.code);
      await frozen;
      pass(world, PAST_ANY_LEASE);
      const ports = portsOf(world, free);
      await carry(await prepare({ resume: RUN_ID }, 'second', ports), world, ports);
      thaw();
      expect(['run.superseded', 'complete']).toContain(await slow);
      expect({ kill, ...(await ranOf(world)) }).toStrictEqual({ kill, ...undisturbed });
      expect({ kill, once: once(applied) }).toStrictEqual({ kill, once: true });
      tried += 1;
    }
  });

  /** Two workers, whose calls come in any order; now and then time jumps past every lease. */
  const interleaved =
    (world: World, s: fc.Scheduler, jumps: number): Process =>
    async (task) => {
      const around: Around = async (label, effect) => {
        await s.schedule(Promise.resolve(), label);
        return effect();
      };
      const worker = async (): Promise<void> => {
        for (let tries = 0; tries < 8; tries += 1) {
          const step = (await workOn(world)(task, portsOf(world, around, { isDead: async () => false }))) as { next: string };
          if (step.next === 'done') return;
        }
      };
      const time = Array.from({ length: jumps }, () => s.schedule(Promise.resolve(), 'time').then(() => pass(world, PAST_ANY_LEASE)));
      await s.waitFor(Promise.all([worker(), worker(), ...time]));
      pass(world, PAST_ANY_LEASE);
      await workOn(world)(task, portsOf(world, free));
    };

  test('two workers at once, in any order of their calls', async () => {
    const ends = { run: await ranOf(await ran()), rollback: {} };
    const calm = await ran();
    await undo(calm, workOn(calm));
    ends.rollback = await undoneOf(calm);
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.nat(3), async (s, jumps) => {
        const world = worldOf(scenario);
        const applied = countApplied(world);
        await run(world, interleaved(world, s, jumps));
        expect(await ranOf(world)).toStrictEqual(ends.run);
        expect(once(applied)).toBe(true);
        const other = await ran();
        const undone = countApplied(other);
        await undo(other, interleaved(other, s, jumps));
        expect(await undoneOf(other)).toStrictEqual(ends.rollback);
        expect(once(undone)).toBe(true);
        tried += 1;
      }),
      { numRuns: 20, seed: 20261121 },
    );
  });
});

test('enough points were tried', () => {
  expect(tried).toBeGreaterThan(1_000);
});

afterAll(() => {
  process.stdout.write(`duplicates: ${tried} histories\n`);
});
