import type { CheckContext, CheckResult } from '../../../core/checks.ts';
import type { Native } from '../../../core/result.ts';
import { count, Examples, nothingToCheck } from '../../wording.ts';
import { type Standing, standingOf } from './judged.ts';
import { rateOf, TOLERABLE } from './rates.ts';

export interface Completion {
  see(item: Native): void;
  readonly counts: Readonly<Record<Standing, number>>;
  result(): CheckResult;
}

/** How many items have a current `normalized`. Items that somebody added since the run began are pending, which is no defect yet. */
export function completion({ failed, runStarted, partial, mode }: CheckContext): Completion {
  const counts: Record<Standing, number> = { normalized: 0, 'newer-version': 0, pending: 0, error: 0 };
  const pending = new Examples();

  const statusOf = (rate: number): CheckResult['status'] => {
    if (counts.pending === 0) return 'pass';
    if (partial || runStarted === undefined) return 'info';
    return rate >= TOLERABLE ? 'warn' : 'fail';
  };

  return {
    counts,
    see(item) {
      const standing = standingOf(item, failed);
      counts[standing] += 1;
      if (standing === 'pending') pending.add(String(item.id));
    },
    result() {
      const { normalized, 'newer-version': newer, error } = counts;
      const total = normalized + newer + counts.pending + error;
      if (total === 0) return nothingToCheck('completion', 'items');
      const done = normalized + newer;
      const workable = done + counts.pending;
      const rate = workable === 0 ? 100 : rateOf(done, workable);
      const what = mode === 'sample' ? 'sampled items' : 'items';
      return {
        name: 'completion',
        status: statusOf(rate),
        message: `${count(done)} of ${count(total)} ${what} are normalised, ${count(counts.pending)} pending, ${count(error)} of a wrong shape or listed as failed: ${rate} % of what can be done.`,
        measured: { total, normalized, newer, pending: counts.pending, errors: error, percent: rate },
        ...pending.field,
      };
    },
  };
}
