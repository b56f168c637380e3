import { type Traffic, type TrafficMeter, TrafficSeen } from '../../../../lib/core/flow/traffic.ts';

const TRAFFIC: Traffic = { mode: 'provisioned', capacity: { write: { '': 5 }, read: { '': 5 } }, minutes: [], blind: null };
const BUDGETS = { reserve: 0.3, ramp: true };

const settled = (): Promise<void> => new Promise(setImmediate);

/** Gives these answers one after the other; an error is thrown. */
function looking(...answers: (Traffic | null | Error)[]) {
  const read = jest.fn<Promise<Traffic | null>, []>(async () => {
    const answer = answers.shift() ?? null;
    if (answer instanceof Error) throw answer;
    return answer;
  });
  const seen = new TrafficSeen();
  const look = async (now: number): Promise<Traffic | null | undefined> => {
    const told = seen.look({ read }, BUDGETS, now);
    await settled();
    return told;
  };
  return { read, look };
}

test('is asked once a minute', async () => {
  const { read, look } = looking(TRAFFIC, null);
  await look(0);
  expect(await look(1_000)).toBe(TRAFFIC);
  expect(await look(59_999)).toBe(TRAFFIC);
  expect(read).toHaveBeenCalledTimes(1);
  await look(60_000);
  expect(await look(60_001)).toBeNull();
  expect(read).toHaveBeenCalledTimes(2);
});

test('what cannot be had is as it was, and asked for again soon', async () => {
  const { read, look } = looking(new Error('no answer'), TRAFFIC, new Error('no answer'));
  await look(0);
  expect(await look(4_999)).toBeUndefined();
  expect(read).toHaveBeenCalledTimes(1);
  await look(5_000);
  expect(await look(6_000)).toBe(TRAFFIC);
  await look(65_000);
  expect(await look(66_000)).toBe(TRAFFIC);
  await look(70_000);
  expect(read).toHaveBeenCalledTimes(4);
});

test('nobody waits for an answer, nor asks again meanwhile', () => {
  const read = jest.fn<ReturnType<TrafficMeter['read']>, []>(() => new Promise(() => undefined));
  const seen = new TrafficSeen();
  expect(seen.look({ read }, BUDGETS, 0)).toBeUndefined();
  expect(seen.look({ read }, BUDGETS, 120_000)).toBeUndefined();
  expect(read).toHaveBeenCalledTimes(1);
});
