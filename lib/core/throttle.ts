/** Which of DynamoDB's limits refused a call. */
export interface Throttle {
  /** The index whose limit it was; `null`: the table itself, or unknown. */
  index: string | null;
  operation: 'read' | 'write' | null;
  /**
   * `key-range`: one partition's, so what else is spread over the table may go on. `provisioned`: what the table or index was given.
   * `on-demand`: the maximum that it was set. `account`: the quota of tables billed on demand, or of the account as a whole.
   */
  limit: 'key-range' | 'provisioned' | 'on-demand' | 'account' | 'unknown';
}

/** A throttle of which nothing was said. */
export const UNTOLD: Throttle = { index: null, operation: null, limit: 'unknown' };
