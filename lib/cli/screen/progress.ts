import { backfills } from '../../backfills/index.ts';
import { SILENT_MS, silentFor } from '../../core/advice.ts';
import { slowedWords } from '../../core/brakes.ts';
import { type Counters, total } from '../../core/counters.ts';
import { heldBackWords } from '../../core/flow/held-back.ts';
import { heldBackNow, slowedNow } from '../../core/health.ts';
import type { RunRecord } from '../../core/records/run.ts';
import { presentStage } from '../../core/rollback/stages.ts';
import { isRehearsal } from '../../core/run.ts';
import { isCarriedLocally } from '../../local/environment.ts';
import type { RateMeter, Snapshot } from '../snapshot.ts';
import { rollbackLines, rollbackOutcomes } from './rollback.ts';
import { bar, called, clip, count, dollars, duration, environmentName, type Paint, percent, plural, wrap } from './text.ts';

/** What a person sees while a run goes: pure functions from a snapshot to lines. */

export const spent = ({ run, counters }: Snapshot): number => counters.serviceCalls * run.pricePerCall;

/** Which of creating and updating are worth a word: what a definition cannot do is not. */
export function kindsOf({ backfill }: Pick<RunRecord, 'backfill'>, { created, updated }: Counters): { created: boolean; updated: boolean } {
  const definition = backfills.find(({ name }) => name === backfill);
  const updates = definition ? definition.writes.length > 0 : updated > 0;
  return { created: created > 0 || !updates || definition?.target !== undefined, updated: updated > 0 || updates };
}

/** `created 12 · skipped 3 · failed 0`. */
function runOutcomes(run: RunRecord, counters: Counters): string {
  const { created, updated, skipped, failed } = counters;
  const shows = kindsOf(run, counters);
  return [
    shows.created && `created ${count(created)}`,
    shows.updated && `updated ${count(updated)}`,
    `skipped ${count(total(skipped))}`,
    `failed ${count(total(failed))}`,
  ]
    .filter(Boolean)
    .join(' · ');
}

/** What became of the items so far, of a run or of a rollback. */
export const outcomes = (run: RunRecord, counters: Counters): string =>
  run.rollback ? rollbackOutcomes(counters) : runOutcomes(run, counters);

const progressed = ({ run, counters }: Snapshot): string =>
  run.rollback ? rollbackOutcomes(counters) : `${runOutcomes(run, counters)} · filtered ${count(counters.filtered)}`;

/** Milliseconds until the present stage is through, at so many items a second; `null`: not to be said. */
export function timeLeft({ run, segments, expected, through }: Snapshot, rate: number): number | null {
  if (run.status !== 'running' || segments.done === segments.total || rate <= 0 || expected === null) return null;
  return (Math.max(0, expected - through) / rate) * 1000;
}

function eta(snapshot: Snapshot, rate: number): string {
  const left = timeLeft(snapshot, rate);
  return left === null ? '' : `ETA ${duration(left)}`;
}

/** Why it does not move, if it does not. */
export function standing(snapshot: Snapshot): string | undefined {
  const { run, control, segments, phases, ownerGone } = snapshot;
  if (run.status !== 'running') return run.reason ? `${run.status}: ${run.reason.message}` : undefined;
  if (ownerGone) return `its process is gone; carry it on with: ${called(`resume ${run.runId}`, run.environment)}`;
  if (control.desired !== 'run') {
    const heard = `${segments.heard} of ${plural(segments.working, 'worker')} ${segments.working === 1 ? 'has' : 'have'} heard it`;
    const why = control.reason ? `: ${control.reason.message}` : '';
    return `${control.desired === 'hold' ? 'pausing' : 'ending'} at the next checkpoint (${heard})${why}`;
  }
  const preparing = beforeWriting(run, snapshot.heartbeat);
  if (preparing) return preparing;
  if (phases.some(({ state, done, segments: all }) => state === 'now' && done === all)) return 'its segments are done; judging the gate';
  if (segments.done === segments.total) return 'every segment is done; checking the table';
  const silent = silentFor(snapshot);
  if (silent > SILENT_MS)
    return `no sign of life for ${duration(silent)}; if its process is gone: ${called(`resume ${run.runId}`, run.environment)}`;
  const slowed = slowedNow(snapshot);
  return slowed ? slowedWords(slowed) : undefined;
}

/** What a run does before its first segment begins. */
function beforeWriting({ options, tableHash, backup, capacity }: RunRecord, heartbeat: number): string | undefined {
  if (heartbeat === 0 && options.hash && tableHash === null) return 'taking the hash of the whole table';
  if (options.backup && backup?.status !== 'available') return 'taking a backup';
  if (options.raiseWriteUnits && capacity?.state === 'raising')
    return `raising the write capacity to ${count(options.raiseWriteUnits)} units a second`;
  return undefined;
}

export function title({ run }: Snapshot, paint: Paint): string {
  const { rollback } = run;
  const what = rollback ? `rollback ${run.runId} of run ${rollback.of}` : `run ${run.runId}`;
  return `${paint('bold', run.backfill)} ${run.version} · ${isRehearsal(run) ? (run.options.countOnly ? 'assessing ' : 'rehearsed ') : ''}${what} · ${environmentName(run.environment, isCarriedLocally(run.owner))}`;
}

const WIDE_BAR = 32;
const NARROW_BAR = 12;
const WIDE_COLUMNS = 90;

export function progressLines(snapshot: Snapshot, meter: RateMeter, paint: Paint, columns: number): string[] {
  const { run, segments, through, expected, share, counters } = snapshot;
  const rate = meter.perSecond(snapshot);
  const width = columns >= WIDE_COLUMNS ? WIDE_BAR : NARROW_BAR;
  const held = standing(snapshot);
  const unit = run.options.limit === null ? 'items' : 'eligible';
  const of = expected === null ? count(through) : `${count(through)} of ${run.options.limit === null ? '~' : ''}${count(expected)}`;
  const lines = run.rollback
    ? ['', `  ${title(snapshot, paint)}`, '', ...rollbackLines(snapshot, width, paint)]
    : [
        '',
        `  ${title(snapshot, paint)}`,
        '',
        `  ${unit.padEnd(9)} ${paint('green', bar(share, width))}  ${percent(share).padStart(5)}  ${of}`,
        ...phaseLines(snapshot, width, paint),
        `  segments  ${paint('cyan', bar(segments.done / segments.total, width))}  ${percent(segments.done / segments.total).padStart(5)}  ${segments.done} of ${segments.total}, ${segments.working} at work`,
      ];
  lines.push(
    '',
    `  ${[`${count(rate)} items/s`, eta(snapshot, rate), `elapsed ${duration(snapshot.workedMs)}`].filter(Boolean).join(' · ')}`,
    `  ${progressed(snapshot)}`,
  );
  if (counters.serviceCalls + counters.serviceCacheHits > 0) lines.push(`  ${serviceLine(snapshot)}`);
  const back = heldBackLine(snapshot);
  if (back) lines.push(...wrap(back, columns - 2).map((line) => `  ${line}`));
  if (held) lines.push('', `  ${paint('yellow', held)}`);
  return [...lines, ''].map((line) => clip(line, columns));
}

const PHASE_DETAIL = { over: 'through its gate', now: '', later: 'behind a gate' } as const;

/** A bar for each phase. */
function phaseLines({ phases }: Snapshot, width: number, paint: Paint): string[] {
  return phases.map(({ name, segments, done, state }) => {
    const here = done / Math.max(1, segments);
    const detail = state === 'now' && done === segments ? 'at its gate' : PHASE_DETAIL[state];
    const count = `${done} of ${plural(segments, 'segment')}`;
    return `  ${name.padEnd(9)} ${paint(state === 'now' ? 'green' : 'cyan', bar(here, width))}  ${percent(here).padStart(5)}  ${[count, detail].filter(Boolean).join(', ')}`;
  });
}

/** What holds it back at the moment, the most binding first; `undefined`: nothing but its own workers, or an alarm. */
export function heldBackLine(snapshot: Snapshot): string | undefined {
  const all = heldBackWords(heldBackNow(snapshot));
  return all.length === 0 ? undefined : `held back by ${all.join('; and by ')}`;
}

export function serviceLine(snapshot: Snapshot): string {
  const { serviceCalls, serviceErrors, serviceCacheHits } = snapshot.counters;
  const parts = [`${count(serviceCalls)} service calls (worth ${dollars(spent(snapshot))})`, `${count(serviceCacheHits)} from cache`];
  if (serviceErrors > 0) parts.push(`${count(serviceErrors)} calls failed`);
  return parts.join(' · ');
}

/** The same in one line, for a pipe or a log. */
export function plainLine(snapshot: Snapshot, meter: RateMeter): string {
  const { run, segments, share, through, expected } = snapshot;
  const rate = meter.perSecond(snapshot);
  const of = expected === null ? count(through) : `${count(through)}/${count(expected)}`;
  return [
    new Date(snapshot.at).toISOString().slice(11, 19),
    run.status,
    run.rollback ? presentStage(run) : (snapshot.phases.find(({ state }) => state === 'now')?.name ?? ''),
    percent(share),
    `items ${of}`,
    `segments ${segments.done}/${segments.total}`,
    `${count(rate)} items/s`,
    eta(snapshot, rate),
    progressed(snapshot),
    heldBackLine(snapshot),
    standing(snapshot),
  ]
    .filter(Boolean)
    .join('  ');
}
