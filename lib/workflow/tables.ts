export { PROBE_PARTITION } from '../adapters/dynamodb/probe-partition.ts';

/** Tables as data: CDK deploys them, the embedded environment creates them. All their keys are texts. */
export interface OwnTable {
  partitionKey: string;
  sortKey?: string;
  indexes: { name: string; partitionKey: string; sortKey: string }[];
  ttl?: string;
}

/** Runs, segments, controls, locks and events; GSI1 lists the runs of a backfill, newest first. */
export const ledgerTable: OwnTable = {
  partitionKey: 'PK',
  sortKey: 'SK',
  indexes: [{ name: 'GSI1', partitionKey: 'GSI1PK', sortKey: 'GSI1SK' }],
};

/** Answers of outside services, shared by all workers. */
export const serviceCacheTable: OwnTable = { partitionKey: 'PK', indexes: [], ttl: 'expiresAt' };

const RECEIPT_INDEXES = ['GSI1', 'GSI2', 'GSI3', 'GSI4'];

/** Those that the definitions scan, by their logical names: they belong to somebody else, but where samples are wanted. */
export const sampleTables: Readonly<Record<'receipts' | 'wardrobe', OwnTable>> = {
  receipts: {
    partitionKey: 'PK',
    sortKey: 'SK',
    indexes: RECEIPT_INDEXES.map((name) => ({ name, partitionKey: `${name}PK`, sortKey: `${name}SK` })),
  },
  wardrobe: { partitionKey: 'id', indexes: [] },
};
