import { noBudgets } from '../../../../lib/core/flow/budgets.ts';
import { dealFirst } from '../../../../lib/core/flow/first-deal.ts';
import { UNTOLD_UNITS } from '../../../../lib/core/flow/room.ts';
import type { Traffic } from '../../../../lib/core/flow/traffic.ts';
import { shareOf } from '../../../../lib/core/flow/worker-flow.ts';
import type { Ports } from '../../../../lib/core/ports.ts';
import { memoryWorld, RUN_ID } from '../../../support/memory-ports.ts';
import { doubling } from '../../../support/thing-definitions.ts';

const TRAFFIC: Traffic = { mode: 'provisioned', capacity: { write: { '': 1_000 }, read: { '': 400 } }, minutes: [], blind: null };

function planning(reserve: number | null, read: NonNullable<Ports['traffic']>['read']) {
  const budgets = { ...noBudgets, reserve };
  const world = memoryWorld({ definition: doubling, items: [], options: { budgets }, overrides: { concurrency: 10, traffic: { read } } });
  const findings = async () => (await world.ledger.control(RUN_ID)).findings;
  return { ...world, findings };
}

test('before any worker begins, each that there can be has an equal part of what a reserve leaves', async () => {
  const { run, ports, findings } = planning(0.3, async () => TRAFFIC);
  await dealFirst(run, ports);
  const flow = (await findings())?.flow;
  expect(shareOf('any', null, flow?.deals.writeUnits, 'fresh', 10)).toBe(70);
  expect(shareOf('any', null, flow?.deals.readUnits, 'fresh', 10)).toBe(28);
  // What others take, and took before, is for the governor to find out.
  expect(flow).toMatchObject({ usage: null, blind: null });
});

test('whoever looks first governs, and goes on from it', async () => {
  const { run, ports, ledger, findings } = planning(0.3, async () => TRAFFIC);
  await dealFirst(run, ports);
  const dealt = await findings();
  expect(dealt?.until).toBeLessThan(ports.clock.now());
  const mine = { ...(dealt as NonNullable<typeof dealt>), governor: 'a worker', at: ports.clock.now(), until: ports.clock.now() + 8_000 };
  expect(await ledger.govern(RUN_ID, mine)).toBe(true);
  await dealFirst(run, ports);
  expect((await findings())?.governor).toBe('a worker');
});

test('where nothing is minded nobody is asked; where nothing is told nothing is dealt', async () => {
  const asked = jest.fn(async () => TRAFFIC);
  const easy = planning(null, asked);
  await dealFirst({ ...easy.run, options: { ...easy.run.options, budgets: { ...noBudgets, ramp: false } } }, easy.ports);
  expect(asked).not.toHaveBeenCalled();
  const dumb = planning(0.3, async () => null);
  await dealFirst(dumb.run, dumb.ports);
  expect(await dumb.findings()).toBeNull();
});

test('while the table does not answer, a reserve leaves next to nothing; without one nothing is dealt', async () => {
  const silent = planning(0.3, () => Promise.reject(new Error('no answer')));
  await dealFirst(silent.run, silent.ports);
  const flow = (await silent.findings())?.flow;
  expect([flow?.deals.writeUnits?.limit, flow?.deals.readUnits?.limit, flow?.deals.calls]).toStrictEqual([
    UNTOLD_UNITS,
    UNTOLD_UNITS,
    undefined,
  ]);
  const easy = planning(null, () => Promise.reject(new Error('no answer')));
  await dealFirst(easy.run, easy.ports);
  expect(await easy.findings()).toBeNull();
});
