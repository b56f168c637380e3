import fc from 'fast-check';
import { backoffMs, withRetry } from '../../../lib/core/retry.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const backoff = { attempts: 4, baseMs: 100, capMs: 300 };
const always = { retries: () => true };

function failing(times: number) {
  let calls = 0;
  const operation = async () => {
    calls += 1;
    if (calls <= times) throw new Error(`fault ${calls}`);
    return calls;
  };
  return { operation, calls: () => calls };
}

test('waits lie between half and all of a doubling, capped ceiling', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, dice) => {
      const ceiling = attempt === 1 ? 100 : attempt === 2 ? 200 : 300;
      const ms = backoffMs(attempt, backoff, () => dice);
      expect(ms).toBeGreaterThanOrEqual(ceiling / 2);
      expect(ms).toBeLessThanOrEqual(ceiling);
    }),
  );
});

describe('withRetry', () => {
  test('tries until it succeeds', async () => {
    const clock = fakeClock();
    expect(await withRetry(failing(2).operation, backoff, always, { clock, random: () => 1 })).toBe(3);
    expect(clock.waits).toStrictEqual([100, 200]);
  });

  test('throws the last error when the tries are used up', async () => {
    const { operation, calls } = failing(9);
    await expect(withRetry(operation, backoff, always, { clock: fakeClock(), random: () => 1 })).rejects.toThrow('fault 4');
    expect(calls()).toBe(4);
  });

  test('an error that is endless outlasts the tries', async () => {
    const { operation, calls } = failing(20);
    expect(await withRetry(operation, backoff, { ...always, endless: () => true }, { clock: fakeClock(), random: () => 1 })).toBe(21);
    expect(calls()).toBe(21);
  });

  test('throws at once what is not worth another try', async () => {
    const { operation, calls } = failing(9);
    await expect(withRetry(operation, backoff, { retries: () => false }, { clock: fakeClock(), random: () => 1 })).rejects.toThrow(
      'fault 1',
    );
    expect(calls()).toBe(1);
  });

  test('waits at least as long as it is told', async () => {
    const clock = fakeClock();
    await withRetry(failing(2).operation, backoff, { retries: () => 150 }, { clock, random: () => 1 });
    expect(clock.waits).toStrictEqual([150, 200]);
  });

  test('neither tries nor waits once it is stopped', async () => {
    const stop = new AbortController();
    const { operation, calls } = failing(9);
    const stopping = async () => {
      if (calls() === 1) stop.abort(new Error('stopped'));
      return operation();
    };
    const deps = { clock: fakeClock(), random: () => 1, signal: stop.signal };
    await expect(withRetry(stopping, backoff, always, deps)).rejects.toThrow('stopped');
    expect(calls()).toBe(2);
    await expect(withRetry(operation, backoff, always, deps)).rejects.toThrow('stopped');
    expect(calls()).toBe(2);
  });
});
