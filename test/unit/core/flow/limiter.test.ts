import fc from 'fast-check';
import { Limiter } from '../../../../lib/core/flow/limiter.ts';
import { UNKNOWN_MEAN } from '../../../../lib/core/flow/report.ts';
import { chance } from '../../../../lib/simulation/chance.ts';
import { type VirtualClock, virtualClock } from '../../../support/virtual-clock.ts';

const prepare = (rate: number | null) => {
  const clock = virtualClock();
  const limiter = new Limiter(clock);
  limiter.setRate(rate);
  return { clock, limiter, began: clock.now() };
};

/** Takes so many, each with what it really uses, and says when each was sent. */
async function sendAll(limiter: Limiter, clock: VirtualClock, units: readonly number[]): Promise<{ at: number; units: number }[]> {
  const sent: { at: number; units: number }[] = [];
  for (const used of units) {
    const taken = await limiter.take(1, undefined);
    sent.push({ at: clock.now(), units: used });
    limiter.settle(taken, used, 1);
  }
  return sent;
}

test('without a limit nobody waits', async () => {
  const { clock, limiter, began } = prepare(null);
  await clock.until(sendAll(limiter, clock, [5, 500, 5]));
  expect(clock.now()).toBe(began);
  expect(limiter.used).toBe(510);
});

test('a hundred units at ten a second take ten seconds, once it is known what one takes', async () => {
  const { clock, limiter } = prepare(10);
  await clock.until(sendAll(limiter, clock, [1]));
  const began = clock.now();
  await clock.until(sendAll(limiter, clock, Array(100).fill(1)));
  expect(clock.now() - began).toBeGreaterThanOrEqual(9_800);
  expect(clock.now() - began).toBeLessThanOrEqual(10_200);
});

test.each([
  ['is kept, where each segment ends with a small one', true, 0.99, 1.01],
  ['is gone, where it is not', false, 0, 0.95],
])('what is not used while nobody waits %s', async (_, keepsLeft, least, most) => {
  const clock = virtualClock();
  const limiter = new Limiter(clock, null, keepsLeft);
  limiter.setRate(125);
  const begun = async (): Promise<void> => {
    for (let segment = 0; segment < 50; segment += 1) {
      await sendAll(limiter, clock, [49, 49, 49, 49, 5]);
      // It is written, and the next one begun.
      await clock.sleep(150);
    }
  };
  const began = clock.now();
  await clock.until(begun());
  const share = limiter.used / ((125 * (clock.now() - began)) / 1_000);
  expect(share).toBeGreaterThanOrEqual(least);
  expect(share).toBeLessThanOrEqual(most);
});

test('what was not used is kept for one, and no longer than until it takes', async () => {
  const clock = virtualClock();
  const limiter = new Limiter(clock, null, true);
  limiter.setRate(100);
  // Many segments' ends, each of which leaves something, and then nobody reads for a minute.
  await clock.until(sendAll(limiter, clock, Array(40).fill([49, 49, 5]).flat()));
  await clock.until(clock.sleep(60_000));
  const began = clock.now();
  const sent = await clock.until(sendAll(limiter, clock, Array(20).fill(49)));
  const atOnce = sent.filter(({ at }) => at === began).reduce((sum, { units }) => sum + units, 0);
  expect(atOnce).toBeLessThanOrEqual(4 * 49);
  const seconds = ((sent.at(-1)?.at ?? 0) - began) / 1_000;
  expect(sent.reduce((sum, { units }) => sum + units, 0)).toBeLessThanOrEqual(100 * seconds + 4 * 49);
});

/** The most units in any ten seconds, over several chances, where four segments end with a small page now and then. */
async function mostInTen(keepsLeft: boolean): Promise<number> {
  let most = 0;
  for (let seed = 1; seed <= 16; seed += 1) {
    const random = chance(seed);
    const clock = virtualClock();
    const limiter = new Limiter(clock, null, keepsLeft);
    limiter.setRate(125);
    const began = clock.now();
    const all: { at: number; units: number }[] = [];
    const work = async (): Promise<void> => {
      for (let segment = 0; segment < 4; segment += 1) {
        const pages = Array(10 + Math.floor(20 * random())).fill(49);
        all.push(...(await sendAll(limiter, clock, [...pages, 1 + Math.floor(48 * random())])));
      }
    };
    await clock.until(Promise.all(Array.from({ length: 4 }, work)));
    const inTen = (from: number): number =>
      all.filter(({ at }) => at >= from && at < from + 10_000).reduce((sum, { units }) => sum + units, 0);
    most = Math.max(most, ...all.filter(({ at }) => at >= began + 2_000).map(({ at }) => inTen(at)));
  }
  return most;
}

test('several segments that share it are never idle together: what one leaves over is no reason for a burst', async () => {
  expect(await mostInTen(true)).toBeLessThanOrEqual(await mostInTen(false));
});

test('what one took too much, the next one waits for, and it is told of meanwhile', async () => {
  const { clock, limiter, began } = prepare(5);
  const sent = clock.until(sendAll(limiter, clock, [390, 1]));
  await clock.until(clock.sleep(10_000));
  expect(limiter.saving).toBeGreaterThan(300);
  const [, second] = await sent;
  expect((second?.at ?? 0) - began).toBeGreaterThanOrEqual(77_000);
});

test('a giant that came first, once it is paid back, is followed by no burst', async () => {
  const { clock, limiter } = prepare(20);
  const sent = await clock.until(sendAll(limiter, clock, [390, ...Array(60).fill(1)]));
  const times = sent.slice(1).map(({ at }) => at);
  const inSecondFrom = (from: number): number => times.filter((at) => at >= from && at < from + 1_000).length;
  expect(Math.max(...times.map(inSecondFrom))).toBeLessThanOrEqual(25);
});

test('what is drawn grows by the share, however large each taking is', async () => {
  const { clock, limiter, began } = prepare(10);
  const sent = clock.until(sendAll(limiter, clock, Array(20).fill(24)));
  for (let second = 0; second < 30; second += 1) {
    await clock.until(clock.sleep(1_000));
    const even = ((clock.now() - began) * 10) / 1_000;
    expect(Math.abs(limiter.drawn - even)).toBeLessThan(0.1);
  }
  await sent;
});

test('a cut is felt at once, and a share that is taken away lets nothing pass', async () => {
  const { clock, limiter } = prepare(100);
  await clock.until(sendAll(limiter, clock, Array(100).fill(1)));
  const cutAt = clock.now();
  limiter.setRate(10);
  const [, ...later] = await clock.until(sendAll(limiter, clock, Array(30).fill(1)));
  expect((later.at(-1)?.at ?? 0) - cutAt).toBeGreaterThanOrEqual(2_500);
  limiter.setRate(0);
  const stop = new AbortController();
  const waiting = limiter.take(1, stop.signal);
  waiting.catch(() => undefined);
  await clock.until(clock.sleep(60_000));
  stop.abort(new Error('over'));
  await expect(waiting).rejects.toThrow('over');
});

test('a share that is to come later counts from then on, whoever looks when', async () => {
  const { clock, limiter, began } = prepare(10);
  await clock.until(sendAll(limiter, clock, [1]));
  limiter.setRate(100, began + 5_000);
  const sent = await clock.until(sendAll(limiter, clock, Array(250).fill(1)));
  const until = (ms: number): number => sent.filter(({ at }) => at < began + ms).length;
  expect(until(5_000)).toBeGreaterThanOrEqual(40);
  expect(until(5_000)).toBeLessThanOrEqual(51);
  expect(until(7_000) - until(5_000)).toBeGreaterThanOrEqual(190);
  expect(until(7_000) - until(5_000)).toBeLessThanOrEqual(210);
  // Heard of once more it comes no sooner, and not later for what comes after it.
  for (const rate of [150, 200]) limiter.setRate(rate, began + 20_000);
  limiter.setRate(300, began + 21_000);
  const at = async (ms: number): Promise<number | null> => {
    await clock.until(clock.sleep(began + ms - clock.now()));
    return limiter.rate;
  };
  expect([await at(19_000), await at(20_000), await at(20_999), await at(21_000)]).toStrictEqual([100, 200, 200, 300]);
  limiter.setRate(400, began + 30_000);
  limiter.setRate(50);
  expect(await at(31_000)).toBe(50);
});

test('says which share of the time was waited', async () => {
  const { clock, limiter } = prepare(10);
  await clock.until(sendAll(limiter, clock, Array(20).fill(1)));
  expect(limiter.takeWaited(2_000)).toBeGreaterThan(0.9);
  await clock.until(clock.sleep(2_000));
  expect(limiter.takeWaited(2_000)).toBe(0);
});

test('the first one is thought no small one, and gives back what it did not take', async () => {
  const { clock, limiter } = prepare(100);
  const [taken] = await clock.until(Promise.all([limiter.take(1, undefined)]));
  expect(taken).toBe(UNKNOWN_MEAN);
  limiter.settle(taken, 2, 1);
  expect(await clock.until(limiter.take(1, undefined))).toBe(2);
});

test('sends one at a time while it knows nothing of what one takes, and few where the share is small', async () => {
  const { clock, limiter } = prepare(100);
  expect(limiter.atOnce(25)).toBe(1);
  await clock.until(sendAll(limiter, clock, [4]));
  expect(limiter.atOnce(25)).toBe(5);
  limiter.setRate(null);
  expect(limiter.atOnce(25)).toBe(25);
});

test('over any span it lets pass its rate, what is kept, and one mistake; and no less while there is something to send', async () => {
  const cases = fc.record({
    rate: fc.double({ min: 1, max: 2_000, noNaN: true }),
    units: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 20, maxLength: 120 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ rate, units }) => {
      const { clock, limiter } = prepare(rate);
      const sent = await clock.until(sendAll(limiter, clock, units));
      const slack = 0.2 * rate + 2 * Math.max(...units);
      for (const [first, { at: from }] of sent.entries()) {
        let sum = 0;
        for (const { at, units: some } of sent.slice(first)) {
          sum += some;
          expect(sum).toBeLessThanOrEqual((rate * (at - from)) / 1_000 + slack);
        }
      }
      const all = units.reduce((sum, some) => sum + some, 0);
      const seconds = (clock.now() - (sent[0]?.at ?? 0)) / 1_000;
      expect(seconds).toBeLessThanOrEqual((all + slack) / rate + 0.3 + units.length / 1_000);
    }),
    { numRuns: 40 },
  );
});
