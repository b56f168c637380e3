import { reasonToStop, slowedBy, standing } from './brakes.ts';
import { costSoFar } from './cost.ts';
import { changed, inBrief, total } from './counters.ts';
import { logged } from './errors.ts';
import { budgetsOf } from './flow/budgets.ts';
import { spentReason, todayOf } from './flow/caps.ts';
import { heldByItems, ItemsLost } from './flow/items-lost.ts';
import { Observed } from './flow/observed.ts';
import { shareOut } from './flow/share-out.ts';
import { withShares } from './flow/shares.ts';
import { TrafficSeen } from './flow/traffic.ts';
import { type Lagging, laggingSegment, laggingWords } from './lagging.ts';
import type { Ports } from './ports.ts';
import type { Control, Findings, Slowed } from './records/control.ts';
import type { Baseline, Reason, RunRecord } from './records/run.ts';
import { allSegments } from './rounds.ts';
import { isRehearsal, sumCounters, workedMs } from './run.ts';
import { count, plural, rate, tally } from './words.ts';

/** How long the governor may be silent before another worker takes its place. */
const LEASE_MS = 8_000;

/** Shares are dealt out in every round; all segments are read no more often than this. */
const SUM_EVERY_MS = 1_900;

/** One line a run, however many workers it has. */
const LOG_EVERY_MS = 5_000;

/** Below so many items a share says nothing. */
export const TOO_FEW_TO_JUDGE = 100;

/** What one process remembers from one round to the next, while it governs. */
export interface Governing {
  traffic: TrafficSeen;
  itemsLost: ItemsLost;
  /** When it last looked whether it is the one, and when it last summed all segments. */
  roundAt: number;
  summedAt: number;
  /** What it found last; `null`: it does not govern. */
  last: Findings | null;
}

export const governing = (): Governing => ({
  traffic: new TrafficSeen(),
  itemsLost: new ItemsLost(),
  roundAt: Number.NEGATIVE_INFINITY,
  summedAt: Number.NEGATIVE_INFINITY,
  last: null,
});

export interface Governor {
  ports: Pick<Ports, 'ledger' | 'clock' | 'log' | 'prices' | 'concurrency' | 'traffic'>;
  run: RunRecord;
  /** The physical name of the table that it works on. */
  table: string;
  /** Which worker this is. */
  name: string;
  memory: Governing;
}

/**
 * One worker of a run sums what all segments report, shares out what the run may use, slows it when an alarm stands on its table,
 * and tells it to stand still when that does not help, when a budget is used up, or when too much fails.
 * Every worker calls this whenever it has read the control; whoever holds the governor's lease does the work.
 */
export async function govern(governor: Governor, control: Control): Promise<void> {
  const { ports, run, name, memory } = governor;
  const { ledger, clock } = ports;
  const now = clock.now();
  const last = control.findings;
  const mine = last?.governor === name;
  if (last && !mine && last.until > now) return;
  const lease = { governor: name, until: now + LEASE_MS, at: now };
  const budgets = budgetsOf(run, control);
  const isMinded = budgets.reserve !== null || budgets.ramp;
  const look = () => (isMinded && ports.traffic ? memory.traffic.look(ports.traffic, budgets, now) : null);
  if (!mine) {
    // Asked at once, it is mostly told by the next round.
    if (await ledger.govern(run.runId, { ...nothingFound, movedAt: now, ...last, ...lease })) look();
    return;
  }
  const { reports, shares } = await ledger.reported(run.runId);
  const observed = new Observed(reports, now, ports.concurrency);
  const traffic = look();
  const flow = shareOut(last.flow && withShares(last.flow, shares), observed, { now, budgets, traffic, concurrency: ports.concurrency });
  const shared = { ...last, ...lease, flow };
  if (flow && flow.blind !== null && flow.blind !== last.flow?.blind) await noteBlind({ ports, run }, flow.blind, now);
  if (now - memory.summedAt < SUM_EVERY_MS) {
    memory.last = (await ledger.govern(run.runId, shared)) ? shared : null;
    return;
  }
  await sumUp(governor, control, shared);
}

/** The longer round: what became of the items, and whether the run shall go on. */
async function sumUp(governor: Governor, control: Control, last: Findings): Promise<void> {
  const { ports, run, table, memory } = governor;
  const { ledger, log } = ports;
  const { at: now } = last;
  const segments = await allSegments(ledger, run);
  const totals = sumCounters(segments);
  const brakes = standing(await ledger.brakes(table), now);
  const budgets = budgetsOf(run, control);
  const today = todayOf(last.flow?.today ?? null, run, totals, now);
  const given = budgets.items === null || isRehearsal(run) ? undefined : await ledger.itemsGiven(run.runId, run.epoch);
  const { lagging: said = [] } = last;
  const found = laggingSegment(run, segments, now);
  const lagging = found && !said.includes(found.segment) ? found : null;
  const findings: Findings = {
    ...last,
    ...(lagging && { lagging: [...said, lagging.segment] }),
    changed: changed(totals),
    failed: total(totals.failed),
    throttles: totals.throttles,
    pages: totals.pages,
    movedAt: totals.pages === last.pages ? last.movedAt : now,
    slowed: slowedBy(brakes, last.slowed, run, now),
    flow: last.flow && {
      ...last.flow,
      today: budgets.callsPerDay === null ? null : today,
      heldBack: [
        ...last.flow.heldBack.filter(({ by }) => by !== 'items'),
        ...heldByItems(budgets.items, given, totals, last.flow.rates.writeUnits),
      ],
    },
  };
  if (!(await ledger.govern(run.runId, findings))) {
    memory.last = null;
    return;
  }
  memory.last = findings;
  memory.summedAt = now;
  const at = new Date(now).toISOString();
  await noteSlowed({ ports, run }, last.slowed, findings.slowed, at);
  if (lagging) await noteLagging({ ports, run }, lagging, at);
  if (Math.floor(now / LOG_EVERY_MS) > Math.floor((control.findings?.at ?? 0) / LOG_EVERY_MS))
    log.info('pages', { runId: run.runId, ...inBrief(totals) });
  if (control.desired !== 'run') return;
  const cost = (): number => costSoFar(run, segments, { ...ports, workedMs: workedMs(run, now) }).dollars;
  const lost = (): Reason | null => (budgets.items === null ? null : memory.itemsLost.reason(budgets.items, given, totals, now));
  const spent = isRehearsal(run) ? null : (spentReason(budgets, totals, cost, today, now) ?? lost());
  const reason = tooManyErrors(run, findings, totals.failed) ?? spent ?? reasonToStop(brakes, run, now);
  if (reason) await standStill(governor, reason, at);
}

async function standStill({ ports: { ledger, log }, run }: Governor, reason: Reason, at: string): Promise<void> {
  log.warn('run told to stand still', { runId: run.runId, ...logged(reason) });
  if (await ledger.command(run.runId, { desired: 'hold', reason, by: 'governor', at }))
    await ledger.addEvent(run.runId, { at, who: 'governor', what: 'pause', details: { ...reason } });
}

/** A process that has no segment left lets another one govern, at once. */
export async function stepDown({ ports: { ledger, clock }, run, memory }: Governor): Promise<void> {
  const { last } = memory;
  memory.last = null;
  if (last) await ledger.govern(run.runId, { ...last, until: clock.now() - 1 });
}

/** Of a run that nobody has governed yet. */
export const nothingFound = { changed: 0, failed: 0, throttles: 0, pages: 0, slowed: null, flow: null } satisfies Partial<Findings>;

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

/** The run goes by capacity alone then. */
async function noteBlind(
  { ports: { ledger, log }, run: { runId } }: Pick<Governor, 'ports' | 'run'>,
  why: string,
  now: number,
): Promise<void> {
  log.warn('nobody tells what others take of the table', { runId, why });
  await ledger.addEvent(runId, { at: new Date(now).toISOString(), who: 'governor', what: 'others unknown', details: { why } });
}

async function noteLagging(
  { ports: { ledger, log }, run: { runId } }: Pick<Governor, 'ports' | 'run'>,
  lagging: Lagging,
  at: string,
): Promise<void> {
  log.warn(laggingWords(lagging), { runId, segment: lagging.segment });
  await ledger.addEvent(runId, { at, who: 'governor', what: 'segment lags', details: { ...lagging } });
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
