import * as z from 'zod/mini';
import { sameValue } from '../../../../lib/core/attribute-value.ts';
import { type AnyDefinition, defineBackfill, fail, tableScan, update } from '../../../../lib/core/definition.ts';
import { pointsOf, retryThrough, runThrough, undoThrough } from '../../../support/executions.ts';
import { memoryWorld, RUN_ID } from '../../../support/memory-ports.ts';
import { idOf, thing } from '../../../support/thing-definitions.ts';

/** Sets `mark` to 9, unless it is told to fail. */
const marking = (isBroken: () => boolean): AnyDefinition =>
  defineBackfill({
    name: 'marking',
    version: '1.0',
    summary: 'mark = 9',
    source: tableScan({ table: 'things', key: ['id'], where: { kind: 'thing' } }),
    item: z.object({ id: z.string(), size: z.number(), mark: z.optional(z.number()) }),
    reads: ['size'],
    writes: ['mark'],
    transform: () => (isBroken() ? fail('nope', 'not now', { retryable: true }) : update({ set: { mark: 9 } })),
  }) as AnyDefinition;

test('what a retry wrote is taken back before what the scan may have written: the value that somebody set between them stands', async () => {
  let met = 0;
  for (const kill of pointsOf(40)) {
    let broken = false;
    const world = memoryWorld({ definition: marking(() => broken), items: [thing('a', 1, { mark: { N: '1' } })] });
    world.table.onWrite = ({ key }) => {
      world.table.onWrite = () => undefined;
      // Just before the run's own write; the worker that takes over finds that the item fails.
      world.table.change(key, { mark: { N: '2' } });
      broken = true;
      return undefined;
    };
    await runThrough(world, [kill]);
    const run = world.ledger.runs.get(RUN_ID);
    const isTheirs = sameValue(world.table.row(idOf('a'))?.mark, { N: '2' });
    if (!isTheirs || run?.totals?.failed.nope !== 1) continue;
    met += 1;
    broken = false;
    await retryThrough(world);
    expect(world.table.row(idOf('a'))?.mark).toStrictEqual({ N: '9' });
    await undoThrough(world);
    expect({ kill, mark: world.table.row(idOf('a'))?.mark }).toStrictEqual({ kill, mark: { N: '2' } });
  }
  expect(met).toBeGreaterThan(3);
});
