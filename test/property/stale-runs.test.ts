import { prepareRollback } from '../../lib/core/rollback/prepare.ts';
import { undoing } from '../../lib/core/rollback/undoing.ts';
import { workSegment } from '../../lib/core/segment.ts';
import { plan } from '../../lib/core/steps/plan.ts';
import { carry, pass, pointsOf, portsOf, remainingMs, tableOf } from '../support/executions.ts';
import { RUN_ID, type World } from '../support/memory-ports.ts';
import { type Around, recorder } from '../support/port-calls.ts';
import { free, freezing, PAST_ANY_LEASE } from '../support/stale-workers.ts';
import { undoneOf } from '../support/undo-endings.ts';
import { quiet, worldOf } from '../support/undo-scenarios.ts';

/** A worker of a run that stood still while its run was undone, and wakes up. */

let tried = 0;
const first = { runId: RUN_ID, epoch: 1 };
const alive = { isDead: async () => false };

const undo = async (world: World): Promise<void> => {
  const ports = portsOf(world, free, alive);
  await carry(await prepareRollback({ run: RUN_ID }, 'undo', ports), world, ports);
};

describe.each(quiet)('$name', (scenario) => {
  const before = tableOf(worldOf(scenario));

  const labels = async (): Promise<string[]> => {
    const { calls, around } = recorder();
    const world = worldOf(scenario);
    await carry(first, world, portsOf(world, around, alive));
    return calls;
  };

  test('changes nothing any more, wherever it stood', async () => {
    const calls = await labels();
    // A batch that was on its way for longer than the margin of a lease lands late: no condition can tell it from a timely one.
    const onItsWay = (at: number, when: string): boolean => calls[at] === 'write' || (calls[at] === 'writer.apply' && when === 'before');
    const end = calls.lastIndexOf('ledger.checkpoint');
    for (const kill of pointsOf(end).filter(({ at, when }) => !onItsWay(at, when))) {
      const world = worldOf(scenario);
      const { around, frozen, thaw } = freezing(kill);
      const slow = carry(first, world, portsOf(world, around, alive)).catch((error) => error.code);
      await frozen;
      pass(world, PAST_ANY_LEASE);
      await undo(world);
      const undone = await undoneOf(world);
      thaw();
      expect(await slow).toBe('run.superseded');
      expect({ kill, ...undone }).toMatchObject({ kill, run: 'rolled-back', balanced: true, conflicts: [], failures: [], table: before });
      expect({ kill, ...(await undoneOf(world)) }).toStrictEqual({ kill, ...undone });
      tried += 1;
    }
  });

  test('is waited for as long as its lease lasts', async () => {
    const calls = await labels();
    const world = worldOf(scenario);
    const { around, frozen, thaw } = freezing({ at: calls.indexOf('writer.apply'), when: 'before' });
    const slow = carry(first, world, portsOf(world, around, alive)).catch((error) => error.code);
    await frozen;
    const { calls: rollbackCalls, around: recording } = recorder();
    const ports = portsOf(world, recording as Around, alive);
    const ref = await prepareRollback({ run: RUN_ID }, 'undo', ports);
    const { segments } = await plan(ref, ports);
    const steps = await Promise.all(
      segments.map((segment) =>
        workSegment({ ...ref, segment }, { ports, facts: world.facts, service: undefined, remainingMs }, undoing()),
      ),
    );
    expect(steps).toContainEqual({ next: 'wait', seconds: expect.any(Number) });
    expect(rollbackCalls).not.toContain('writer.apply');
    thaw();
    expect(['run.superseded', undefined]).toContain(await slow);
    pass(world, PAST_ANY_LEASE);
    await carry(ref, world, ports);
    expect(await undoneOf(world)).toMatchObject({ run: 'rolled-back', table: before, conflicts: [] });
  });
});

test('enough points were tried', () => {
  expect(tried).toBeGreaterThan(120);
});

afterAll(() => {
  process.stdout.write(`stale-runs: ${tried} points\n`);
});
