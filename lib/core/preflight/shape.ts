import type { Requirements } from '../definition.ts';
import type { Ports, TableFacts, TableSurvey } from '../ports.ts';
import type { Finding } from '../records/run.ts';
import { aws, found } from './finding.ts';

/** Whether the table is the one that the definition was written for. All of these block. */

type Facts = TableFacts & { provisioned?: TableSurvey['provisioned'] };
type Index = Requirements['indexes'][number];

const same = (a: readonly string[], b: readonly string[]): boolean => a.join('\n') === b.join('\n');

export function shapeFindings({ definition, embedded }: Pick<Ports, 'definition' | 'embedded'>, facts: Facts): Finding[] {
  const { source, requires, name } = definition;
  // A table at hand is not to be mended with the AWS CLI.
  const onAws = !embedded;
  const findings: Finding[] = [];
  if (facts.status !== 'ACTIVE') {
    const wait = onAws ? `Wait until it is ACTIVE, which ${aws('wait table-exists', facts.name)} does; then start again.` : undefined;
    findings.push(found('preflight.table-not-active', 'blocking', `The table "${facts.name}" is ${facts.status}.`, wait));
  }
  if (!same(facts.key, source.key)) {
    const message = `The table "${facts.name}" has the key ${facts.key.join(', ')}; ${name} needs ${source.key.join(', ')}.`;
    findings.push(found('preflight.key-mismatch', 'blocking', message));
  }
  return [...findings, ...requires.indexes.flatMap((index) => indexFinding(index, facts, onAws) ?? [])];
}

function indexFinding(required: Index, facts: Facts, onAws: boolean): Finding | undefined {
  const index = facts.indexes.find(({ name }) => name === required.name);
  if (!index) {
    const remedy = onAws ? `Create it: ${createIndex(required, facts)}; wait until it is ACTIVE, then start again.` : undefined;
    return found('preflight.index-missing', 'blocking', `The table "${facts.name}" has no index ${required.name}.`, remedy);
  }
  if (!same(index.key, required.key) || index.projection !== 'ALL') {
    const message = `The index ${required.name} of "${facts.name}" has the key ${index.key.join(', ')} and projects ${index.projection}; needed are ${required.key.join(', ')} and ALL.`;
    const remedy = onAws
      ? `Delete it: ${deleteIndex(required, facts)}; once it is gone, create it: ${createIndex(required, facts)}.`
      : undefined;
    return found('preflight.index-mismatch', 'blocking', message, remedy);
  }
  if (index.status === 'ACTIVE') return undefined;
  const look = aws('describe-table', facts.name, `--query "Table.GlobalSecondaryIndexes[?IndexName=='${required.name}'].IndexStatus"`);
  const remedy = onAws ? `Wait until it is ACTIVE: ${look}; then start again.` : undefined;
  return found('preflight.index-not-active', 'blocking', `The index ${required.name} of "${facts.name}" is ${index.status}.`, remedy);
}

const indexUpdate = (table: string, update: object, ...options: string[]): string =>
  aws('update-table', table, ...options, `--global-secondary-index-updates '${JSON.stringify([update])}'`);

const deleteIndex = ({ name }: Index, facts: Facts): string => indexUpdate(facts.name, { Delete: { IndexName: name } });

/** With the table's own capacity, where it has one. Key attributes that no key uses yet are taken for text. */
function createIndex({ name, key }: Index, { name: table, keyTypes, provisioned }: Facts): string {
  const attributes = key.map((attribute) => `AttributeName=${attribute},AttributeType=${keyTypes[attribute] ?? 'S'}`);
  const Create = {
    IndexName: name,
    KeySchema: key.map((AttributeName, place) => ({ AttributeName, KeyType: place === 0 ? 'HASH' : 'RANGE' })),
    Projection: { ProjectionType: 'ALL' },
    ...(provisioned && { ProvisionedThroughput: { ReadCapacityUnits: provisioned.read, WriteCapacityUnits: provisioned.write } }),
  };
  return indexUpdate(table, { Create }, '--attribute-definitions', ...attributes);
}
