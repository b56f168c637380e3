import { BackfillError } from './errors.ts';
import type { Ports, TableFacts } from './ports.ts';

const same = (a: readonly string[], b: readonly string[]): boolean => a.join('\n') === b.join('\n');

/** Holds the target table and the service's key against what the definition needs. Returns the table's facts. */
export async function preflight({ definition, inspector, service }: Ports, enrich: boolean): Promise<TableFacts> {
  const { source, requires } = definition;
  const facts = await inspector.describe();
  if (!facts)
    throw new BackfillError('preflight.table-missing', `There is no table "${source.table}".`, { details: { table: source.table } });
  const details = { table: facts.name };
  if (facts.status !== 'ACTIVE')
    throw new BackfillError('preflight.table-not-active', `The table "${facts.name}" is ${facts.status}.`, { details });
  if (!same(facts.key, source.key)) {
    const message = `The table "${facts.name}" has the key ${facts.key.join(', ')}; ${definition.name} needs ${source.key.join(', ')}.`;
    throw new BackfillError('preflight.key-mismatch', message, { details });
  }
  for (const required of requires.indexes) requireIndex(required, facts);
  if (definition.service && enrich) await service(definition.service.name);
  return facts;
}

function requireIndex(required: { name: string; key: readonly string[] }, facts: TableFacts): void {
  const index = facts.indexes.find(({ name }) => name === required.name);
  const details = { table: facts.name, index: required.name };
  if (!index) throw new BackfillError('preflight.index-missing', `The table "${facts.name}" has no index ${required.name}.`, { details });
  if (!same(index.key, required.key) || index.projection !== 'ALL') {
    const message = `The index ${required.name} of "${facts.name}" has the key ${index.key.join(', ')} and projects ${index.projection}; needed are ${required.key.join(', ')} and ALL.`;
    throw new BackfillError('preflight.index-mismatch', message, { details });
  }
  if (index.status !== 'ACTIVE')
    throw new BackfillError('preflight.index-not-active', `The index ${required.name} of "${facts.name}" is ${index.status}.`, { details });
}
