import type { CheckResult } from '../checks.ts';
import { type Counters, changed } from '../counters.ts';
import { DAY_MS } from '../day.ts';
import type { Criterion, EngineFact } from '../definition.ts';
import { TOLERABLE_THROTTLES } from '../gate.ts';
import type { LedgerEvent } from '../ledger.ts';
import type { RunRecord } from '../records/run.ts';
import { dollars, plural, rate } from '../words.ts';

/** `open`: nothing here could tell, or it wants a person's eye. */
export type Verdict = 'met' | 'missed' | 'open';

export interface JudgedCriterion {
  text: string;
  verdict: Verdict;
  /** The measured values, in words. */
  measured: string;
}

export interface Evidence {
  run: RunRecord;
  totals: Counters;
  checks: readonly CheckResult[];
  events: readonly LedgerEvent[];
  /** The last rehearsal of this version; `undefined`: nobody rehearsed it. */
  rehearsal: RunRecord | undefined;
}

export function judgeCriterion({ text, checks, fact }: Criterion, evidence: Evidence): JudgedCriterion {
  const parts = [...(checks ?? []).map((name) => ofCheck(name, evidence)), ...(fact ? [FACTS[fact](evidence)] : [])];
  if (parts.length === 0) return { text, ...NOT_MEASURED };
  const verdicts = parts.map(({ verdict }) => verdict);
  const verdict = verdicts.includes('missed') ? 'missed' : verdicts.includes('open') ? 'open' : 'met';
  return { text, verdict, measured: parts.map(({ measured }) => measured).join(' ') };
}

type Judged = Omit<JudgedCriterion, 'text'>;

const NOT_MEASURED: Judged = { verdict: 'open', measured: 'Not measured here.' };

function ofCheck(name: string, { checks }: Evidence): Judged {
  const check = checks.find((one) => one.name === name);
  if (!check) return { verdict: 'open', measured: `Not measured: the check ${name} was not made.` };
  const verdicts: Record<CheckResult['status'], Verdict> = { pass: 'met', fail: 'missed', warn: 'open', info: 'open' };
  return { verdict: verdicts[check.status], measured: check.message };
}

/** Side by side two workers may ask the same, and a call that failed is made again. */
const SLACK = 0.05;

/** Two weeks, as the plan has it. */
const MAX_DAYS = 14;
const FACTS: Readonly<Record<EngineFact, (evidence: Evidence) => Judged>> = {
  unmeasured: () => NOT_MEASURED,

  'counts-add-up': ({ run: { proof } }) =>
    proof
      ? {
          verdict: 'met',
          measured: `${proof.closed} of ${plural(proof.segments, 'segment')} are closed, and the counts add up in ${proof.balanced}.`,
        }
      : { verdict: 'missed', measured: 'The run has not been proved complete.' },

  'originals-unchanged': (evidence) => ofCheck('originals-unchanged', evidence),

  throttles: ({ totals }) => {
    const share = totals.throttles / Math.max(1, totals.throttles + changed(totals));
    const measured = `${plural(totals.throttles, 'write was', 'writes were')} throttled: ${rate(share)}.`;
    return { verdict: share > TOLERABLE_THROTTLES ? 'missed' : 'met', measured };
  },

  'service-cost': ({ run, totals, rehearsal }) => {
    const spent = totals.serviceCalls * run.pricePerCall;
    const said = `${plural(totals.serviceCalls, 'call')}, ${dollars(spent)}`;
    const projected = rehearsal?.distinctAsks ?? rehearsal?.totals?.intendedCalls;
    if (projected === undefined) return { verdict: 'open', measured: `${said}. No projection: this version was not rehearsed here.` };
    const projection = `${plural(projected, 'call')}, ${dollars(projected * run.pricePerCall)}`;
    return {
      verdict: totals.serviceCalls <= projected * (1 + SLACK) ? 'met' : 'missed',
      measured: `${said}, of a projected ${projection}.`,
    };
  },

  duration: ({ run }) => {
    const days = (Date.parse(run.finishedAt ?? run.createdAt) - Date.parse(run.createdAt)) / DAY_MS;
    return {
      verdict: days < MAX_DAYS ? 'met' : 'missed',
      measured: `${days < 0.1 ? 'Less than 0.1' : days.toFixed(1)} of ${MAX_DAYS} days.`,
    };
  },

  incidents: ({ events }) => {
    const incidents = events.filter(isIncident);
    if (incidents.length === 0) return { verdict: 'met', measured: 'The run was neither held by an error nor did it fail.' };
    return {
      verdict: 'missed',
      measured: `${plural(incidents.length, 'incident')}: ${incidents.map(({ at, what, details }) => `${what} at ${at}, ${codeOf(details)}`).join('; ')}.`,
    };
  },
};

/** What holds a run on purpose is none. */
const ON_PURPOSE = ['paused', 'interrupted', 'approval.awaited', 'held'];

const codeOf = ({ reason }: LedgerEvent['details']): string => String((reason as { code?: string } | undefined)?.code ?? '');

const isIncident = ({ what, details }: LedgerEvent): boolean =>
  what === 'failed' || (what === 'held' && !ON_PURPOSE.includes(codeOf(details)));
