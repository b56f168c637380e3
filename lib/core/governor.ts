import { reasonToStop, slowedBy, standing } from './brakes.ts';
import { changed, inBrief, total } from './counters.ts';
import { logged } from './errors.ts';
import type { Baseline, Control, Findings, Reason, RunRecord, Slowed } from './ledger.ts';
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
  /** The physical name of the table that it works on. */
  table: string;
  /** Which worker this is. */
  name: string;
}

/**
 * One worker of a run sums what all segments report, slows the run when an alarm stands on its table,
 * and tells it to stand still when that does not help, or when too much fails.
 * Every worker calls this whenever it has read the control; whoever holds the governor's lease does the work.
 */
export async function govern({ ports, run, table, name }: Governor, control: Control): Promise<void> {
  const { ledger, clock, log } = ports;
  const now = clock.now();
  const last = control.findings;
  const mine = last?.governor === name;
  if (last && !mine && last.until > now) return;
  const lease = { governor: name, until: now + LEASE_MS, at: now };
  if (!mine) {
    await ledger.govern(run.runId, { ...nothingFound, movedAt: now, ...last, ...lease });
    return;
  }
  const totals = sumCounters(await allSegments(ledger, run));
  const brakes = standing(await ledger.brakes(table), now);
  const findings: Findings = {
    ...lease,
    changed: changed(totals),
    failed: total(totals.failed),
    throttles: totals.throttles,
    pages: totals.pages,
    movedAt: totals.pages === last.pages ? last.movedAt : now,
    slowed: slowedBy(brakes, last.slowed, run, now),
    flow: last.flow,
  };
  if (!(await ledger.govern(run.runId, findings))) return;
  const at = new Date(now).toISOString();
  await noteSlowed({ ports, run }, last.slowed, findings.slowed, at);
  if (Math.floor(now / LOG_EVERY_MS) > Math.floor(last.at / LOG_EVERY_MS)) log.info('pages', { runId: run.runId, ...inBrief(totals) });
  const reason = control.desired === 'run' ? (tooManyErrors(run, findings, totals.failed) ?? reasonToStop(brakes, run, now)) : null;
  if (!reason) return;
  log.warn('run told to stand still', { runId: run.runId, ...logged(reason) });
  if (await ledger.command(run.runId, { desired: 'hold', reason, by: 'governor', at }))
    await ledger.addEvent(run.runId, { at, who: 'governor', what: 'pause', details: { ...reason } });
}

const nothingFound = { changed: 0, failed: 0, throttles: 0, pages: 0, slowed: null, flow: null } satisfies Partial<Findings>;

/** An event for each step slower, and each step back. */
async function noteSlowed(
  { ports: { ledger, log }, run: { runId } }: Pick<Governor, 'ports' | 'run'>,
  last: Slowed | null,
  slowed: Slowed | null,
  at: string,
): Promise<void> {
  const [before, now] = [last?.pace ?? 1, slowed?.pace ?? 1];
  if (before === now) return;
  const details = { pace: now, alarm: (slowed ?? last)?.alarm };
  const what = now < before ? 'slow down' : 'speed up';
  log[now < before ? 'warn' : 'info'](what, { runId, ...details });
  await ledger.addEvent(runId, { at, who: 'governor', what, details });
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
