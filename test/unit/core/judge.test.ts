import type { Item } from '../../../lib/core/attribute-value.ts';
import { noCounters } from '../../../lib/core/counters.ts';
import type { AnyDefinition } from '../../../lib/core/definition.ts';
import { judge } from '../../../lib/core/judge.ts';
import { ServiceDesk } from '../../../lib/core/service.ts';
import { memoryWorld } from '../../support/memory-ports.ts';
import { doubling, idOf, making, thing } from '../../support/thing-definitions.ts';

function verdicts(definition: AnyDefinition, items: Item[], standing: Item[] = [], withService = false) {
  const { ports, run, facts, cache } = memoryWorld({ definition, items: standing });
  const client = {
    call: async (request: string) => ({ kind: 'fault' as const, fault: { kind: 'transient' as const, message: `no ${request}` } }),
  };
  const use = definition.service;
  const service = withService && use ? new ServiceDesk({ use, client, cache, clock: ports.clock, random: () => 0.5 }) : undefined;
  return judge(items, { ports, run, facts, service, abandoned: noCounters(), signal: new AbortController().signal });
}

describe('judge', () => {
  test('a bad item fails alone, and says which field', async () => {
    const { counters, failures, entries } = await verdicts(doubling, [thing('a', 'x'), thing('b', 15), thing('c', 1)]);

    expect(counters.failed).toStrictEqual({ 'invalid-item': 1, 'transform-error': 1 });
    expect(failures).toStrictEqual([
      { key: idOf('a'), code: 'invalid-item', message: 'size: Invalid input: expected number, received string', retryable: false },
      { key: idOf('b'), code: 'transform-error', message: 'fifteen', retryable: false },
    ]);
    expect(entries.map(({ source }) => source)).toStrictEqual([idOf('c')]);
  });

  test('transform sees key, reads and writes, and nothing else', async () => {
    const seen: unknown[] = [];
    const spy = {
      ...doubling,
      skip: (item: unknown) => {
        seen.push(item);
        return 'seen';
      },
    };
    await verdicts(spy, [thing('a', 1, { secret: { S: 'x' }, size2: { N: '9' } })]);
    expect(seen).toStrictEqual([{ id: 'a', size: 1, size2: 9 }]);
  });

  test('a target that exists costs no call and no write', async () => {
    const { counters, entries } = await verdicts(making, [thing('a', 2)], [idOf('Made#2')], true);
    expect(entries).toStrictEqual([]);
    expect(counters).toMatchObject({ skipped: { 'already-exists': 1 }, serviceCalls: 0 });
  });

  test('of two sources of one target the first has it', async () => {
    const { counters, entries } = await verdicts(making, [thing('a', 1), thing('b', 1)]);
    expect(entries.map(({ source }) => source)).toStrictEqual([idOf('a')]);
    expect(counters.skipped).toStrictEqual({ 'already-exists': 1 });
  });

  // Invariant 11.
  test('an item whose service does not answer fails, retryable, and is never skipped', async () => {
    const { counters, failures, entries } = await verdicts(making, [thing('a', 2), thing('b', 1)], [], true);
    expect(failures).toStrictEqual([{ key: idOf('a'), code: 'service-unavailable', message: 'no 2', retryable: true }]);
    expect(counters).toMatchObject({ skipped: {}, serviceCalls: 5, serviceErrors: 5 });
    expect(entries).toHaveLength(1);
  });

  // Invariant 10: these three fail today, because only `skip` and `transform` are called with care.
  test.each([
    [
      'target',
      {
        ...making,
        target: ({ size }: { size: number }) => {
          if (size === 1) throw new Error('no target');
          return { id: String(size) };
        },
      },
    ],
    ['an unmarshallable target', { ...making, target: ({ size }: { size: number }) => ({ id: size === 1 ? new Date(0) : String(size) }) }],
    [
      'ask',
      {
        ...making,
        service: {
          ...making.service,
          ask: ({ size }: { size: number }) => {
            if (size === 1) throw new Error('no request');
            return undefined;
          },
        },
      },
    ],
  ])('an item that trips %s fails alone', async (_, definition) => {
    const { counters, entries } = await verdicts(definition as AnyDefinition, [thing('a', 1), thing('b', 3)], [], true);
    expect(counters.failed).toStrictEqual({ 'transform-error': 1 });
    expect(entries).toHaveLength(1);
  });
});
