/** What deployment knows of the product: its definitions, by as much of their shape as it needs, what things cost, and the errors all parts speak in. */
export { digestOf } from '../adapters/fs/digest.ts';
export { backfills } from '../backfills/index.ts';
export type { Schedule } from '../core/definition.ts';
export { isBackfillError } from '../core/errors.ts';
export { type Prices, prices } from '../core/prices.ts';
