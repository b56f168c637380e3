import type { CheckResult } from '../../../core/checks.ts';
import { percent } from '../../wording.ts';

/** In per cent: from here on all is well, */
export const GOOD = 95;
/** and from here on a person should look. Below, it is bad. */
export const TOLERABLE = 90;

/** By the share of `part` in `whole`, which is above zero. What is good but not perfect is told, and no more. */
export function statusOf(part: number, whole: number): CheckResult['status'] {
  const rate = (100 * part) / whole;
  if (part === whole) return 'pass';
  if (rate >= GOOD) return 'info';
  return rate >= TOLERABLE ? 'warn' : 'fail';
}

/** Rounded down, so that 94.96 % does not read as the 95 % that would have been good. */
export const rateOf = (part: number, whole: number): number => Math.min(percent(part, whole), Math.floor((1000 * part) / whole) / 10);
