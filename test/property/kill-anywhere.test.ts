import fc from 'fast-check';
import { type Ending, live, runWith, type Scenario, scenarios } from '../support/kill-scenarios.ts';
import type { Kill } from '../support/port-calls.ts';

/** Invariant 6: killing the worker at any await and resuming gives the same table and the same outcomes as an undisturbed run. */

const nothingAssessed = {
  quality: {},
  sourceBytes: 0,
  intendedUnits: 0,
  intendedIndexUnits: {},
  intendedCalls: 0,
  answeredUnits: {},
  unansweredUnits: {},
  sampled: 0,
};
const none = { created: 0, updated: 0, restored: 0, deleted: 0, raced: 0, ...nothingAssessed };

const expected: Record<string, Ending['counters']> = {
  update: {
    ...none,
    pages: 4,
    scanned: 15,
    filtered: 3,
    updated: 6,
    skipped: { unlucky: 2, unchanged: 1 },
    failed: { 'invalid-item': 1, 'transform-error': 1, 'odd-one': 1 },
    notes: { large: 2 },
  },
  'update, raced once': {
    ...none,
    pages: 4,
    scanned: 14,
    filtered: 3,
    updated: 2,
    skipped: { unlucky: 3, gone: 1 },
    failed: { 'invalid-item': 2, 'transform-error': 1, 'odd-one': 2 },
    raced: 4,
    notes: { large: 1 },
  },
  create: {
    ...none,
    pages: 4,
    scanned: 15,
    filtered: 4,
    created: 5,
    skipped: { unlucky: 2, 'already-exists': 2 },
    failed: { 'invalid-item': 1, 'transform-error': 1 },
    notes: { wordless: 1 },
  },
  'create, another is first': {
    ...none,
    pages: 4,
    scanned: 14,
    filtered: 3,
    created: 4,
    skipped: { unlucky: 2, 'already-exists': 3 },
    failed: { 'invalid-item': 1, 'transform-error': 1 },
    notes: { wordless: 1 },
  },
};

async function killPoints(scenario: Scenario): Promise<Kill[]> {
  const { calls } = await live(scenario.world());
  return Array.from({ length: calls }, (_, at) => at).flatMap((at): Kill[] => [
    { at, when: 'before' },
    { at, when: 'after' },
  ]);
}

let tried = 0;

describe.each(scenarios)('$name', (scenario) => {
  test('undisturbed', async () => {
    const { ending } = await runWith(scenario, []);

    expect(ending.state).toBe('done');
    expect(ending.stuck).toBeNull();
    expect(ending.counters).toStrictEqual(expected[scenario.name]);
  });

  test('killed once, before and after the effect of every port call', async () => {
    const { ending: undisturbed } = await runWith(scenario, []);
    const points = await killPoints(scenario);

    for (const kill of points) {
      const { ending } = await runWith(scenario, [kill]);
      expect({ kill, ...ending }).toStrictEqual({ kill, ...undisturbed });
    }
    tried += points.length;
  });

  test('killed again and again', async () => {
    const { ending: undisturbed } = await runWith(scenario, []);
    const kill = fc.record({ at: fc.nat(30), when: fc.constantFrom('before' as const, 'after' as const) });
    await fc.assert(
      fc.asyncProperty(fc.array(kill, { minLength: 2, maxLength: 6 }), async (kills) => {
        const { ending } = await runWith(scenario, kills);
        expect(ending).toStrictEqual(undisturbed);
      }),
      { numRuns: 150, seed: 20261121 },
    );
  });
});

test('enough points were tried', () => {
  expect(tried).toBeGreaterThan(250);
});
