import type { CheckResult } from './checks.ts';
import { balances, type Counters, changed } from './counters.ts';
import { TOO_FEW_TO_JUDGE, tooManyErrors } from './governor.ts';
import type { Finding, GateRecord, Reason, RunRecord, SegmentRecord } from './ledger.ts';
import type { PresentPhase } from './phases.ts';
import { sumCounters } from './run.ts';
import { plural } from './words.ts';

/** More throttled writes than this share say that the table cannot keep up with the run. */
export const TOLERABLE_THROTTLES = 0.05;

/**
 * Judges a phase whose segments are closed. Error rate and throttles count from the run's baseline, which every opened gate and every resume
 * sets anew: a gate that is judged again is judged by what came since.
 */
export function judgePhase(
  run: Pick<RunRecord, 'options' | 'baseline'>,
  phase: PresentPhase,
  all: readonly SegmentRecord[],
  checks: readonly CheckResult[],
  at: string,
): GateRecord {
  const own = all.filter(({ segment }) => phase.segments.includes(segment));
  const totals = sumCounters(all);
  const findings = [tooFew(sumCounters(own)), counts(own), errorRate(run, totals), throttling(run, totals), ...judgedChecks(checks)];
  const has = (severity: Finding['severity']): boolean => findings.some((finding) => finding.severity === severity);
  const few = findings[0]?.severity === 'warning';
  return { at, verdict: has('blocking') ? 'failed' : few ? 'too-few' : 'passed', findings, decision: null, open: false };
}

/** Whether a phase has changed too little for anybody to say whether it is good. */
export const isTooFew = (own: Counters): boolean => changed(own) < TOO_FEW_TO_JUDGE;

/**
 * How far a phase is extended that has seen too little: as far as it would take at its present yield, with a fifth more, but not over the next one.
 * `undefined`: it cannot be.
 */
export function extended(run: Pick<RunRecord, 'phases'>, phase: PresentPhase, own: Counters): number | undefined {
  const next = run.phases[phase.index + 1];
  if (!next || !isTooFew(own)) return undefined;
  const most = next.upTo - 1;
  if (phase.upTo >= most) return undefined;
  const more =
    changed(own) === 0 ? most : Math.ceil((phase.segments.length * TOO_FEW_TO_JUDGE * 1.2) / changed(own)) - phase.segments.length;
  return Math.min(most, phase.upTo + Math.max(1, more));
}

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

function errorRate(run: Pick<RunRecord, 'options' | 'baseline'>, totals: Counters): Finding {
  const failed = Object.values(totals.failed).reduce((sum, count) => sum + count, 0);
  const reason = tooManyErrors(run, { changed: changed(totals), failed }, totals.failed);
  if (reason) return blocking('gate.error-rate', reason.message);
  return info(
    'gate.error-rate',
    `${plural(failed - run.baseline.failed, 'item')} failed; up to ${100 * run.options.tolerate} % are tolerated.`,
  );
}

function throttling({ baseline }: Pick<RunRecord, 'baseline'>, totals: Counters): Finding {
  const throttles = totals.throttles - (baseline.throttles ?? 0);
  const written = changed(totals) - baseline.changed;
  const share = throttles / Math.max(1, throttles + written);
  const message = `${plural(throttles, 'write was', 'writes were')} throttled: ${(100 * share).toFixed(1)} %`;
  return share > TOLERABLE_THROTTLES
    ? blocking('gate.throttles', `${message}, more than ${100 * TOLERABLE_THROTTLES} %.`)
    : info('gate.throttles', `${message}.`);
}

function judgedChecks(checks: readonly CheckResult[]): Finding[] {
  const bad = checks.filter(({ status }) => status === 'fail' || status === 'warn');
  const passed = checks.filter(({ status }) => status === 'pass').length;
  return [
    info('gate.checks', `${plural(passed, 'check')} passed.`),
    ...bad.map(
      ({ name, status, message }): Finding => ({
        code: `check.${name}`,
        severity: status === 'fail' ? 'blocking' : 'warning',
        message,
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
  if (obstacles.length > 0)
    return { code: SHUT, message: `The gate after phase ${phase.name} is shut. ${obstacles.map(({ message }) => message).join(' ')}` };
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
export const isShut = ({ status, reason }: Pick<RunRecord, 'status' | 'reason'>): boolean =>
  status === 'held' && (reason?.code === SHUT || reason?.code === REJECTED);
