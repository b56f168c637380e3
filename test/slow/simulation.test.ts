import { isKept, type Scene } from '../../lib/simulation/scenario.ts';
import { scenarios } from '../../lib/simulation/scenarios/index.ts';
import { type Simulated, simulate } from '../../lib/simulation/simulate.ts';
import { MemoryLedger } from '../support/memory-ledger.ts';

/** The short form of `npm run simulate`: every claim that a second or two can try. */

/** Of a scenario with many scenes, those that are tried here; of others, all. */
const QUICK: Readonly<Record<string, RegExp>> = {
  steady: /^(8|50) workers/,
  cut: /^50 workers/,
  shift: /./,
  storm: /./,
  'hot-partition': /./,
  'one-key-index': /./,
  reserve: /^(alone|greedy|beside)$/,
  'lost-workers': /./,
  giant: /./,
  ramp: /./,
  forecast: /^a (budget|reserve)/,
};

const quick = scenarios.flatMap(({ name, scenes, judge }) => {
  const wanted = QUICK[name];
  return wanted ? [{ name, judge, scenes: Object.entries(scenes).filter(([scene]) => wanted.test(scene)) }] : [];
});

const inTurn = async (scenes: readonly [string, Scene][]): Promise<Record<string, Simulated>> => {
  const simulated: Record<string, Simulated> = {};
  for (const [name, scene] of scenes) simulated[name] = await simulate(scene, 1, new MemoryLedger());
  return simulated;
};

test('every scenario that is tried here is one', () => {
  expect(quick.map(({ name }) => name)).toStrictEqual(Object.keys(QUICK));
});

test.each(quick)('$name', async ({ scenes, judge }) => {
  const verdicts = judge(await inTurn(scenes));

  expect(verdicts.length).toBeGreaterThan(2);
  expect(verdicts.filter((verdict) => !isKept(verdict))).toStrictEqual([]);
});
