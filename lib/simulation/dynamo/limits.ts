/**
 * DynamoDB's published limits, as the model has them.
 * Sources: "Partitions and data distribution", "Burst and adaptive capacity", "DynamoDB on-demand capacity mode", "Quotas in Amazon
 * DynamoDB" and "Paginating table scan results", Amazon DynamoDB Developer Guide.
 */

/** Units a second of one partition, and so of one key. */
export const PARTITION_UNITS = { write: 1_000, read: 3_000 } as const;

/** Units a second of one table in the default quota, and of each index. */
export const TABLE_QUOTA = { write: 40_000, read: 40_000 } as const;

/** Unused capacity of a table or an index is kept so long. */
export const BURST_SECONDS = 300;

/** A table billed on demand bears twice what it has borne, but only so long after it has. */
export const DOUBLING_MS = 30 * 60_000;

/** What a table billed on demand bears from its first second on. */
export const NEW_ON_DEMAND = { write: 4_000, read: 12_000 } as const;

/** A page of a scan ends here. */
export const PAGE_BYTES = 1024 ** 2;
