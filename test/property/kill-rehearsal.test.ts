import fc from 'fast-check';
import { distinctAsks } from '../../lib/core/asks.ts';
import type { ServiceClient } from '../../lib/core/ports.ts';
import type { RunOptions } from '../../lib/core/records/run.ts';
import { rehearsing } from '../../lib/core/rehearsal.ts';
import { endingOf, live } from '../support/kill-scenarios.ts';
import { memoryWorld, RUN_ID, type World } from '../support/memory-ports.ts';
import type { Kill } from '../support/port-calls.ts';
import { making, other, thing } from '../support/thing-definitions.ts';

/** A rehearsal that is killed at any await counts what an undisturbed one counts, and never asks for more than its sample. */

const EVEN = 12;
const items = [
  other('x'),
  thing('bad', 'none'),
  ...Array.from({ length: 2 * EVEN }, (_, size) => thing(`t${String(size).padStart(2, '0')}`, size + 20)),
];

function rehearsal(options: Partial<RunOptions>): { world: World; asked: string[] } {
  const asked: string[] = [];
  const client: ServiceClient = {
    call: async (request) => {
      asked.push(request);
      return { kind: 'answer', answer: { kind: 'found', value: { word: `word ${request}` } } };
    },
  };
  return { world: memoryWorld({ definition: making, items, client, options: { dryRun: true, ...options } }), asked };
}

async function lives({ world }: { world: World }, kills: readonly Kill[]) {
  for (const kill of kills) await live(world, kill, rehearsing);
  await live(world, undefined, rehearsing);
  return endingOf(world);
}

async function killPoints(options: Partial<RunOptions>): Promise<Kill[]> {
  const { calls } = await live(rehearsal(options).world, undefined, rehearsing);
  return Array.from({ length: calls }, (_, at) => at).flatMap((at): Kill[] => [
    { at, when: 'before' },
    { at, when: 'after' },
  ]);
}

test.each([{ countOnly: true }, { countOnly: false }])('killed once, at every port call: %j', async (options) => {
  const calls = ({ world }: { world: World }) =>
    distinctAsks(world.artifacts, RUN_ID, [...world.ledger.rows.values()], { intendedCalls: EVEN });
  const undisturbed = await lives(rehearsal(options), []);
  expect(undisturbed).toMatchObject({
    state: 'done',
    counters: {
      scanned: 26,
      filtered: 1,
      created: 24,
      failed: { 'invalid-item': 1 },
      quality: { 'invalid-item': 1 },
      intendedCalls: EVEN,
      sampled: 0,
    },
  });
  const points = await killPoints(options);
  expect(points.length).toBeGreaterThan(20);
  for (const kill of points) {
    const one = rehearsal(options);
    expect({ kill, ...(await lives(one, [kill])) }).toStrictEqual({ kill, ...undisturbed });
    expect(one.asked).toStrictEqual([]);
    expect({ kill, calls: await calls(one) }).toStrictEqual({ kill, calls: EVEN });
  }
});

test('asks for its sample and for nothing beyond it, however often it is killed', async () => {
  const options = { enrichSample: 5 };
  const whole = rehearsal(options);
  const { counters } = await lives(whole, []);
  expect([whole.asked.length, counters.sampled]).toStrictEqual([5, 5]);

  const kill = fc.record({ at: fc.nat(40), when: fc.constantFrom('before' as const, 'after' as const) });
  await fc.assert(
    fc.asyncProperty(fc.array(kill, { minLength: 1, maxLength: 4 }), async (kills) => {
      const one = rehearsal(options);
      const { counters: counted } = await lives(one, kills);
      expect(one.asked.length).toBeLessThanOrEqual(5);
      expect(counted).toMatchObject({ created: 24, intendedCalls: EVEN });
      expect(counted.sampled).toBeLessThanOrEqual(5);
    }),
  );
});
