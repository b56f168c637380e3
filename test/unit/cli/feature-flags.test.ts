import type { Screen } from '../../../lib/cli/context.ts';
import { findFlag, switchOffFlags } from '../../../lib/cli/feature-flags.ts';
import type { FlagStore, Rollouts } from '../../../lib/core/flags.ts';

function memoryFlags(rollouts: Rollouts): FlagStore & { kept: Record<string, number> } {
  const kept = { ...rollouts };
  return {
    kept,
    where: 'memory',
    read: async () => ({ ...kept }),
    set: async (changes) => {
      Object.assign(kept, changes);
    },
  };
}

function screen(): Screen & { lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    out: () => undefined,
    err: (line) => lines.push(line),
    paint: (_, text) => text,
    columns: 80,
    rows: 24,
    terminal: undefined,
    live: false,
  };
}

describe('a rollback', () => {
  const on = { FEATURE_SEMANTIC_MATCH: 25, FEATURE_DEBUG_OUTPUT: 0, FEATURE_FORCE_TRADITIONAL: 10 };

  test('of wardrobe-normalize switches semantic matching off, and says so', async () => {
    const [store, here] = [memoryFlags(on), screen()];
    await switchOffFlags('wardrobe-normalize', store, here);
    expect(store.kept).toEqual({ ...on, FEATURE_SEMANTIC_MATCH: 0 });
    expect(here.lines.join()).toContain('FEATURE_SEMANTIC_MATCH (was 25 %)');
    expect(here.lines.join()).not.toContain('FORCE');
  });

  test.each([
    ['receipt-place', on],
    ['wardrobe-normalize', {}],
  ])('of %s with %j has nothing to switch off', async (backfill, rollouts) => {
    const [store, here] = [memoryFlags(rollouts), screen()];
    await switchOffFlags(backfill, store, here);
    expect([store.kept, here.lines]).toEqual([rollouts, []]);
  });

  test('tells what to switch off where it cannot, and does not fail for it', async () => {
    const here = screen();
    await switchOffFlags('wardrobe-normalize', { where: 'http://agent', read: async () => on }, here);
    const broken = async (): Promise<Rollouts> => {
      throw new Error('no agent');
    };
    await switchOffFlags('wardrobe-normalize', { where: 'http://agent', read: broken }, here);
    expect(here.lines).toHaveLength(2);
    for (const line of here.lines) expect(line).toMatch(/switch off .*FEATURE_SEMANTIC_MATCH/);
  });
});

test('a flag is found in any case; another gets the nearest name', () => {
  expect(findFlag('feature_semantic_match')).toBe('FEATURE_SEMANTIC_MATCH');
  expect(() => findFlag('FEATURE_SEMANTIC')).toThrow(/Did you mean FEATURE_SEMANTIC_MATCH/);
});
