import { type Traffic, type TrafficMeter, TrafficSeen } from '../../../../lib/core/flow/traffic.ts';

const TRAFFIC: Traffic = { mode: 'provisioned', capacity: { write: { '': 5 }, read: { '': 5 } }, minutes: [], blind: null };
const BUDGETS = { reserve: 0.3, ramp: true };

const settled = (): Promise<void> => new Promise(setImmediate);

test('is asked once a minute, and what cannot be had is as it was', async () => {
  const answers: (Traffic | null)[] = [TRAFFIC];
  const meter: TrafficMeter = {
    read: async () => {
      const answer = answers.shift();
      if (answer === undefined) throw new Error('no answer');
      return answer;
    },
  };
  const seen = new TrafficSeen();
  expect(await seen.look(meter, BUDGETS, 0)).toBe(TRAFFIC);
  expect(await seen.look(meter, BUDGETS, 60_000)).toBe(TRAFFIC);
  await settled();
  expect(await seen.look(meter, BUDGETS, 60_001)).toBe(TRAFFIC);
  answers.push(null);
  expect(await seen.look(meter, BUDGETS, 119_999)).toBe(TRAFFIC);
  await seen.look(meter, BUDGETS, 120_000);
  await settled();
  expect(await seen.look(meter, BUDGETS, 120_001)).toBeNull();
});

test('nobody waits for an answer but the first time', async () => {
  const meter: TrafficMeter = { read: () => new Promise(() => undefined) };
  const seen = new TrafficSeen();
  expect(await seen.look({ read: async () => TRAFFIC }, BUDGETS, 0)).toBe(TRAFFIC);
  expect(await seen.look(meter, BUDGETS, 60_000)).toBe(TRAFFIC);
});
