import { changed, inBrief, total } from './counters.ts';
import { logged } from './errors.ts';
import type { Baseline, Control, Findings, Reason, RunRecord } from './ledger.ts';
import type { Ports } from './ports.ts';
import { allSegments } from './rounds.ts';
import { sumCounters } from './run.ts';
import { count, plural, rate, tally } from './words.ts';

/** How long the governor may be silent before another worker takes its place. */
const LEASE_MS = 8_000;

/** One line a run, however many workers it has. */
const LOG_EVERY_MS = 5_000;

/** Below so many items a share says nothing. */
export const TOO_FEW_TO_JUDGE = 100;

export interface Governor {
  ports: Pick<Ports, 'ledger' | 'clock' | 'log'>;
  run: RunRecord;
  /** Which worker this is. */
  name: string;
}

/**
 * One worker of a run sums what all segments report, and tells the run to stand still when too much fails.
 * Every worker calls this whenever it has read the control; whoever holds the governor's lease does the work.
 */
export async function govern({ ports, run, name }: Governor, control: Control): Promise<void> {
  const { ledger, clock, log } = ports;
  const now = clock.now();
  const last = control.findings;
  const mine = last?.governor === name;
  if (last && !mine && last.until > now) return;
  const lease = { governor: name, until: now + LEASE_MS, at: now };
  if (!mine) {
    await ledger.govern(run.runId, { changed: 0, failed: 0, throttles: 0, ...last, ...lease });
    return;
  }
  const totals = sumCounters(await allSegments(ledger, run));
  const findings: Findings = { ...lease, changed: changed(totals), failed: total(totals.failed), throttles: totals.throttles };
  if (!(await ledger.govern(run.runId, findings))) return;
  if (Math.floor(now / LOG_EVERY_MS) > Math.floor(last.at / LOG_EVERY_MS)) log.info('pages', { runId: run.runId, ...inBrief(totals) });
  const reason = control.desired === 'run' ? tooManyErrors(run, findings, totals.failed) : null;
  if (!reason) return;
  const at = new Date(now).toISOString();
  log.warn('run told to stand still', { runId: run.runId, ...logged(reason) });
  if (await ledger.command(run.runId, { desired: 'hold', reason, by: 'governor', at }))
    await ledger.addEvent(run.runId, { at, who: 'governor', what: 'pause', details: { ...reason } });
}

/** Invariant 10: more than the tolerated share of created, updated and failed items, once there are enough of them to judge. */
export function tooManyErrors(
  { options, baseline }: Pick<RunRecord, 'options'> & { baseline: Baseline },
  totals: Pick<Findings, 'changed' | 'failed'>,
  codes: Readonly<Record<string, number>>,
): Reason | null {
  const failed = totals.failed - baseline.failed;
  const judged = failed + totals.changed - baseline.changed;
  if (judged < TOO_FEW_TO_JUDGE || failed / judged <= options.tolerate) return null;
  const share = failed / judged;
  const tolerated = Number((100 * options.tolerate).toPrecision(6));
  const message = `${count(failed)} of ${plural(judged, 'item')} failed: ${rate(share)}, more than the ${tolerated} % that are tolerated. All failures so far: ${tally(codes)}.`;
  return { code: 'errors.too-many', message };
}
