/** The project's own tables, as data: CDK deploys them, the embedded environment creates them. */
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
