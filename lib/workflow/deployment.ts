/** What deployment knows of the product: its definitions, by as much of their shape as it needs, and the errors all parts speak in. */
export { backfills } from '../backfills/index.ts';
export { isBackfillError } from '../core/errors.ts';
