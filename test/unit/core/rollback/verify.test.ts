import { prepareRollback } from '../../../../lib/core/rollback/prepare.ts';
import { carry, type Process, portsOf, runThrough, workOn } from '../../../support/executions.ts';
import { memoryWorld, RUN_ID } from '../../../support/memory-ports.ts';
import { free } from '../../../support/stale-workers.ts';
import { doubling, idOf, thing } from '../../../support/thing-definitions.ts';
import { undoneOf } from '../../../support/undo-endings.ts';

test('what others do between the undoing and the verification is found, and corrects the counts', async () => {
  const world = memoryWorld({ definition: doubling, items: [thing('a', 1), thing('b', 2), thing('c', 3)] });
  await runThrough(world);
  const ports = portsOf(world, free);
  const process: Process = (task, given) => {
    if (task.segment === 2) {
      world.table.change(idOf('a'), { size2: { N: '99' } });
      world.table.change(idOf('b'), { size2: { N: '4' } });
    }
    return workOn(world)(task, given);
  };
  await carry(await prepareRollback({ run: RUN_ID }, 'undo', ports), world, ports, process);
  expect(await undoneOf(world)).toMatchObject({
    balanced: true,
    conflicts: [{ key: idOf('a'), why: 'changed-again', stands: { size2: { N: '99' } } }],
    failures: [{ key: idOf('b'), code: 'not-restored' }],
    counters: { scanned: 3, restored: 1, skipped: { 'changed-again': 1 }, failed: { 'not-restored': 1 }, notes: { verified: 1 } },
  });
});
