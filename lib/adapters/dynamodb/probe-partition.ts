/** The ledger's partition in which is tried what an endpoint can do. Workers may send statements to these rows of the ledger, and to no others: their roles say so. */
export const PROBE_PARTITION = 'PROBE';
