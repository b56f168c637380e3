import type { TableFacts, TableSurvey } from '../../core/ports.ts';
import { marking } from '../definition.ts';
import type { CapacitySpec } from '../dynamo/capacity.ts';
import { NEW_ON_DEMAND } from '../dynamo/limits.ts';
import { indexKey, type TableSpec } from '../items.ts';

export function factsOf({ indexes }: TableSpec): TableFacts {
  const keys = indexes.map(({ name }) => indexKey(name));
  return {
    name: marking.source.table,
    status: 'ACTIVE',
    key: [...marking.source.key],
    indexes: indexes.map(({ name }) => ({ name, status: 'ACTIVE', key: [indexKey(name)], projection: 'ALL' })),
    keyTypes: Object.fromEntries(['id', ...keys].map((key) => [key, 'S'])),
  };
}

const unitsOf = (spec: CapacitySpec): { read: number; write: number } =>
  spec.mode === 'unlimited' ? NEW_ON_DEMAND : { read: spec.read, write: spec.write };

/** A table as DynamoDB would describe it when the simulation begins. */
export function surveyOf(spec: TableSpec): TableSurvey {
  const { items, sizes, capacity, indexes } = spec;
  const units = unitsOf(capacity);
  const isProvisioned = capacity.mode === 'provisioned';
  const ofIndexes = Object.fromEntries(indexes.map((index) => [index.name, unitsOf(index.capacity)]));
  return {
    facts: factsOf(spec),
    items,
    bytes: items * sizes.mean,
    provisioned: isProvisioned ? { ...units, indexes: ofIndexes } : undefined,
    warm: isProvisioned ? null : units,
    pointInTimeRecovery: true,
    stream: undefined,
    ttl: undefined,
    replicas: [],
  };
}
