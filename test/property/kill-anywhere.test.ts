import fc from 'fast-check';
import { type Ending, live, runWith, type Scenario, scenarios } from '../support/kill-scenarios.ts';
import type { Kill } from '../support/port-calls.ts';

/** Invariant 6: killing the worker at any await and resuming gives the same table and the same outcomes as an undisturbed run. */

const expected: Record<string, Partial<Ending['counters']>> = {
  update: { scanned: 15, filtered: 3, created: 0, updated: 6, skipped: { unlucky: 2, unchanged: 1 }, raced: 0, notes: { large: 2 } },
  'update, raced once': { scanned: 14, filtered: 3, updated: 3, skipped: { unlucky: 3, gone: 1 }, raced: 4, notes: { large: 1 } },
  create: { filtered: 4, created: 4, skipped: { unlucky: 2, 'already-exists': 2 }, notes: { wordless: 1 } },
  'create, another is first': {},
};

async function killPoints(scenario: Scenario): Promise<Kill[]> {
  const { calls } = await live(scenario.world());
  return Array.from({ length: calls }, (_, at) => at).flatMap((at): Kill[] => [
    { at, when: 'before' },
    { at, when: 'after' },
  ]);
}

describe.each(scenarios)('$name', (scenario) => {
  test('undisturbed', async () => {
    const { ending } = await runWith(scenario, []);
    console.log(scenario.name, ending.counters, ending.failures.length);
    expect(ending.state).toBe('done');
    expect(ending.counters).toMatchObject(expected[scenario.name] ?? {});
  });

  test('killed once, before and after the effect of every port call', async () => {
    const { ending: undisturbed } = await runWith(scenario, []);
    const points = await killPoints(scenario);
    const wrong: unknown[] = [];
    for (const kill of points) {
      const { ending } = await runWith(scenario, [kill]);
      if (JSON.stringify(ending) !== JSON.stringify(undisturbed)) wrong.push({ kill, ending });
    }
    console.log(scenario.name, points.length);
    expect(wrong[0]).toBeUndefined();
    expect(points.length).toBeGreaterThan(60);
  });
});
