import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Log, TargetWriter } from '../../core/ports.ts';
import type { Write } from '../../core/write.ts';
import type { Abilities, Singly } from './abilities.ts';
import { holdsDocuments } from './documents.ts';
import { Round } from './round.ts';
import { statementMaker } from './statements.ts';
import { trialByCall, trialByStatement } from './trial-writes.ts';

/**
 * Writes one round of conditional changes, by batches of statements, side by side. What an endpoint or PartiQL does not bear, and a write
 * that is alone, goes as a call of its own, under the same condition and with the same outcomes.
 *
 * @throws {BackfillError} `table.access-denied`, `preflight.table-missing`: no item is to blame for these; `ledger.unreachable`
 */
export function targetWriter(client: DynamoDBClient, table: string, abilities: Abilities, log: Pick<Log, 'info'>): TargetWriter {
  const statementOf = statementMaker(table);
  const context = {
    client,
    table,
    comparison: abilities.comparison,
    onRefusedShape: () => log.info('not in batches', { what: 'writes of one shape', why: 'statements of it are refused' }),
  };
  const singlyOf = (kinds: readonly Write['kind'][]): Promise<Singly> =>
    kinds.includes('delete') ? abilities.deletions() : abilities.statements();

  return {
    async apply(writes, signal) {
      const round = new Round(context, writes, signal);
      if (writes.length < 2) return round.carryOut([]);
      const singly = await singlyOf(writes.map(({ kind }) => kind));
      return round.carryOut(writes.map((write) => (mustGoSingly(write, singly) ? undefined : statementOf(write))));
    },

    async probe(kind, key) {
      const result = await trialByCall(client, table, kind, key);
      const goesOn = result.kind === 'condition-failed' && !(await singlyOf([kind])).has('all writes');
      return goesOn ? trialByStatement(client, table, kind, key) : result;
    },

    async sentSingly(kinds) {
      return [...(await singlyOf(kinds))].map(([what, why]) => ({ what, why }));
    },
  };
}

function mustGoSingly(write: Write, singly: Singly): boolean {
  if (singly.size === 0) return false;
  if (singly.has('all writes') || (write.kind === 'delete' && singly.has('deletions'))) return true;
  if (singly.has('writes that hold lists or maps fast') && holdsDocuments(write)) return true;
  return singly.has('removals of attributes') && write.kind === 'update' && Object.values(write.after).includes(null);
}
