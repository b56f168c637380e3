import type { CheckResult } from './checks.ts';
import { balances, type Counters, changed, total } from './counters.ts';
import { TOO_FEW_TO_JUDGE, tooManyErrors } from './governor.ts';
import type { PresentPhase } from './phases.ts';
import type { Finding, GateRecord, PhaseRecord, Reason, RunRecord } from './records/run.ts';
import type { SegmentRecord } from './records/segment.ts';
import { sumCounters } from './run.ts';
import { plural, rate } from './words.ts';

/** More throttled writes than this share say that the table cannot keep up with the run. */
export const TOLERABLE_THROTTLES = 0.05;

/** The segments of one phase, among all. */
export function ownSegments({ segments }: Pick<PresentPhase, 'segments'>, all: readonly SegmentRecord[]): SegmentRecord[] {
  const own = new Set(segments);
  return all.filter(({ segment }) => own.has(segment));
}

/**
 * Judges a phase whose segments are closed, by what was done in it, all of it: a pause in between forgets nothing.
 * So a gate that failures or throttles have shut is opened by a person alone; one that a check has shut opens once the check passes.
 */
export function judgePhase(
  { options }: Pick<RunRecord, 'options'>,
  own: readonly SegmentRecord[],
  checks: readonly CheckResult[],
  at: string,
): GateRecord {
  const totals = sumCounters(own);
  const findings = [tooFew(totals), counts(own), errorRate(options, totals), throttling(totals), ...judgedChecks(checks)];
  const isBad = findings.some(({ severity }) => severity === 'blocking');
  return { at, verdict: isBad ? 'failed' : isTooFew(totals) ? 'too-few' : 'passed', findings, decision: null, earlier: [], open: false };
}

/** Whether a phase has come to too little for anybody to say whether it is good. */
const isTooFew = (own: Counters): boolean => tried(own) < TOO_FEW_TO_JUDGE;

/** Items that were changed, or should have been. */
const tried = (own: Counters): number => changed(own) + total(own.failed);

/**
 * How far a phase is extended that has seen too little: as far as it would take at its present yield, with a fifth more, but at most to twice its
 * segments at a time. `undefined`: it need not be, or cannot.
 */
export function extended(run: Pick<RunRecord, 'options'>, phase: PresentPhase, own: Counters): number | undefined {
  if (phase.isLast || !isTooFew(own)) return undefined;
  const has = phase.segments.length;
  const wanted = tried(own) === 0 ? 2 * has : Math.ceil((has * TOO_FEW_TO_JUDGE * 1.2) / tried(own));
  const more = Math.max(1, Math.min(has, wanted - has));
  return Math.min(run.options.segments, phase.upTo + more);
}

/** The run's phases with this one extended; those that it has grown over are no phases of their own any more. */
export const extendedOver = ({ phases }: Pick<RunRecord, 'phases'>, index: number, upTo: number): PhaseRecord[] =>
  phases.map((phase, at) => (at === index ? { ...phase, upTo } : phase)).filter((phase, at) => at <= index || phase.upTo > upTo);

const info = (code: string, message: string): Finding => ({ code, severity: 'info', message });
const blocking = (code: string, message: string): Finding => ({ code, severity: 'blocking', message });

function tooFew(own: Counters): Finding {
  const seen = `${plural(changed(own), 'item')} changed in this phase`;
  return isTooFew(own)
    ? { code: 'gate.too-few', severity: 'warning', message: `Too few to judge: ${seen}, fewer than ${TOO_FEW_TO_JUDGE}.` }
    : info('gate.too-few', `${seen}.`);
}

function counts(own: readonly SegmentRecord[]): Finding {
  const wrong = own.find((segment) => segment.state !== 'done' || !balances(segment.counters));
  return wrong
    ? blocking('gate.counts', `The counts of segment ${wrong.segment} do not add up.`)
    : info('gate.counts', `Every count adds up in ${plural(own.length, 'segment')}.`);
}

function errorRate(options: RunRecord['options'], own: Counters): Finding {
  const failed = total(own.failed);
  const reason = tooManyErrors({ options, baseline: FROM_THE_BEGINNING }, { changed: changed(own), failed }, own.failed);
  if (reason) return blocking('gate.error-rate', reason.message);
  return info('gate.error-rate', `${plural(failed, 'item')} failed; up to ${rate(options.tolerate)} are tolerated.`);
}

const FROM_THE_BEGINNING = { changed: 0, failed: 0 };

function throttling(own: Counters): Finding {
  const { throttles } = own;
  const share = throttles / Math.max(1, throttles + changed(own));
  const message = `${plural(throttles, 'write was', 'writes were')} throttled: ${rate(share)}`;
  return share > TOLERABLE_THROTTLES
    ? blocking('gate.throttles', `${message}, more than ${rate(TOLERABLE_THROTTLES)}.`)
    : info('gate.throttles', `${message}.`);
}

/** A run's row in the ledger holds 400 KB, the judgements of all its gates among them. */
const MOST_FINDINGS = 20;
const MOST_CHARACTERS = 500;

function judgedChecks(checks: readonly CheckResult[]): Finding[] {
  const bad = checks.filter(({ status }) => status === 'fail' || status === 'warn');
  const passed = checks.filter(({ status }) => status === 'pass').length;
  return [
    info('gate.checks', `${plural(passed, 'check')} passed.`),
    ...bad.slice(0, MOST_FINDINGS).map(
      ({ name, status, message }): Finding => ({
        code: `check.${name}`,
        severity: status === 'fail' ? 'blocking' : 'warning',
        message: message.slice(0, MOST_CHARACTERS),
      }),
    ),
  ];
}

const WAITS = 'approval.awaited';
const SHUT = 'gate.failed';
const REJECTED = 'gate.rejected';

/** Why a run stands still before its next phase. */
export function reasonToHold(run: Pick<RunRecord, 'phases'>, phase: PresentPhase): Reason {
  const findings = phase.gate?.findings ?? [];
  const next = run.phases[phase.index + 1]?.name ?? 'the end';
  const obstacles = findings.filter(({ severity }) => severity === 'blocking');
  const [first, ...others] = obstacles;
  if (first) {
    const more = others.length > 0 ? ` And ${plural(others.length, 'more finding')}.` : '';
    return { code: SHUT, message: `The gate after phase ${phase.name} is shut. ${first.message}${more}` };
  }
  const [seen] = findings;
  const judged = seen?.severity === 'warning' ? seen.message : `Its gate is passed: ${seen?.message}`;
  return { code: WAITS, message: `Phase ${phase.name} is done, and ${next} waits for a person. ${judged}` };
}

export const rejection = (phase: PresentPhase, who: string, why: string): Reason => ({
  code: REJECTED,
  message: `The gate after phase ${phase.name} was rejected by ${who}: ${why}`,
});

/** A held run that waits for a person's word. */
export const isAwaiting = ({ status, reason }: Pick<RunRecord, 'status' | 'reason'>): boolean =>
  status === 'held' && reason?.code === WAITS;

/** A held run whose gate did not let it through. */
export const isShut = ({ status, reason }: Pick<RunRecord, 'status' | 'reason'>): boolean => status === 'held' && reason?.code === SHUT;

/** A held run that a person did not let through. */
export const isRejected = ({ status, reason }: Pick<RunRecord, 'status' | 'reason'>): boolean =>
  status === 'held' && reason?.code === REJECTED;
