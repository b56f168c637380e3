/** What is written to an index. */
export interface IndexLoad {
  name: string;
  /** A local index: it is written with its table's capacity. */
  local?: boolean;
  units: number;
  /** The share of them that one partition key has, as well as it can be told: 0, spread over many, to 1. */
  hottest: number;
}

/** Write units of a run's changes. */
export interface WriteLoad {
  table: number;
  /** The heaviest first. */
  indexes: IndexLoad[];
  /** So many changes were counted with the service's answers, and those without were reckoned by them. */
  answered: number;
  /** So many were counted without an answer, though a run has one: what it adds is not known. */
  unanswered: number;
}

/** What there is to do, counted by an assessment or imagined. */
export interface Workload {
  /** Eligible items: what the plan's formula calls records. */
  records: number;
  changes: number;
  /**
   * Items that are gone through, eligible or not.
   * @default - the records
   */
  scanned?: number;
  /** Of the scan, and of looking whether a row to be created is there already. */
  readUnits: number;
  writes: WriteLoad;
  /** Calls of the outside service. */
  calls: number;
  /** Items that they are for: those that ask the same share one. */
  asking: number;
  /** Whether items that ask the same were counted once; otherwise `calls` are so many at most. */
  callsExact: boolean;
  pricePerCall: number;
  pages: number;
  segments: number;
  /** The table's size, as well as it is known. */
  bytes: number | null;
}

/** What the engine itself asks of AWS, and of the outside service. */
export interface Requests {
  /** Conditional updates of the ledger, one a page. */
  checkpoints: number;
  journalPuts: number;
  invocations: number;
  gbSeconds: number;
  transitions: number;
  calls: number;
  /** Items that the calls are for. */
  asking: number;
  /** False: so many calls at most. */
  callsExact: boolean;
}
