import type { Traffic } from '../core/flow/traffic.ts';

/** Tells what everybody takes of a table and its indexes. */
export interface ConsumptionMeter {
  /** `names`: of the indexes; the table is `''`. Never fails: what is not known is said in `blind`. */
  read(table: string, names: readonly string[]): Promise<Pick<Traffic, 'minutes' | 'blind'>>;
}

/** Of an endpoint that keeps no such figures. */
export const nobodyCounts = (blind: string): ConsumptionMeter => ({ read: async () => ({ minutes: [], blind }) });
