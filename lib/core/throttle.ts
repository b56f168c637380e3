/** Which of DynamoDB's limits refused a call. */
export interface Throttle {
  /** The index whose limit it was; `null`: the table itself, or unknown. */
  index: string | null;
  operation: 'read' | 'write' | null;
  /**
   * `key-range`: one partition's, so what else is spread over the table may go on. `provisioned`: what the table or index was given.
   * `on-demand`: the maximum that it was set. `account`: the quota of tables billed on demand, or of the account as a whole.
   * `momentary`: nothing was said, and a moment later it was over.
   */
  limit: 'key-range' | 'provisioned' | 'on-demand' | 'account' | 'momentary' | 'unknown';
}

/** A throttle of which nothing was said. */
export const UNTOLD: Throttle = { index: null, operation: null, limit: 'unknown' };

/** A write's, which the next one did not meet any more. A partition has a little to give again at once; a limit that all writes meet is told by one of the next. */
export const MOMENTARY: Throttle = { index: null, operation: 'write', limit: 'momentary' };

/** As reports and logs call it: `table write key-range`, `GSI3 write provisioned`. */
export const throttleName = ({ index, operation, limit }: Throttle): string => `${index ?? 'table'} ${operation ?? 'request'} ${limit}`;

/** What was named so. */
export function throttleNamed(name: string): Throttle {
  const [, owner = '', operation, limit] = /^(.*) (\S+) (\S+)$/.exec(name) ?? [];
  return {
    index: owner === 'table' ? null : owner,
    operation: operation === 'read' || operation === 'write' ? operation : null,
    limit: limit as Throttle['limit'],
  };
}

/** Whether a limit holds the whole run: of the table's key ranges each segment meets its own, but all segments feed the same keys of an index. */
export const isRunWide = ({ index, limit }: Throttle): boolean => index !== null || (limit !== 'key-range' && limit !== 'momentary');
