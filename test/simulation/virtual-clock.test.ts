import fc from 'fast-check';
import { VirtualClock } from '../../lib/simulation/virtual-clock.ts';

const passed = async (clock: VirtualClock, ms: number): Promise<void> => {
  let isOver = false;
  clock.after(ms, () => {
    isOver = true;
  });
  await clock.pass(() => isOver);
};

describe('virtual time', () => {
  test('waits end in the order of their moments, and of one moment in the order in which they began', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { minLength: 1, maxLength: 60 }), async (waits) => {
        const clock = new VirtualClock(1_000);
        const ended: { index: number; at: number }[] = [];
        for (const [index, ms] of waits.entries()) void clock.sleep(ms).then(() => ended.push({ index, at: clock.now() }));
        await passed(clock, 100);

        const wanted = waits.map((ms, index) => ({ index, at: 1_000 + ms })).sort((a, b) => a.at - b.at || a.index - b.index);
        expect(ended).toStrictEqual(wanted);
      }),
    );
  });

  test('stands still as long as a chain of promises has anything to do', async () => {
    const clock = new VirtualClock(0);
    const seen: number[] = [];
    const work = async (): Promise<void> => {
      for (let turn = 0; turn < 1_000; turn += 1) await Promise.resolve();
      seen.push(clock.now());
      await clock.sleep(5);
      seen.push(clock.now());
    };
    void work();
    await passed(clock, 10);

    expect(seen).toStrictEqual([0, 5]);
  });

  test('a wait that is broken off rejects with the reason at once, and its time never comes', async () => {
    const clock = new VirtualClock(0);
    const controller = new AbortController();
    const wait = clock.sleep(10, controller.signal).catch((error: Error) => `${error.message} at ${clock.now()}`);
    clock.after(3, () => controller.abort(new Error('enough')));
    await passed(clock, 20);

    expect(await wait).toBe('enough at 3');
  });

  test('says so when nobody waits any more', async () => {
    await expect(new VirtualClock(0).pass(() => false)).rejects.toThrow('nobody waits');
  });
});
