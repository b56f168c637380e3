import { type Counters, total } from '../../core/counters.ts';
import type { RunRecord } from '../../core/ledger.ts';
import { presentStage } from '../../core/rollback/stages.ts';
import { isRehearsal } from '../../core/run.ts';
import { isCarriedLocally } from '../../local/environment.ts';
import type { RateMeter, Snapshot } from '../snapshot.ts';
import { rollbackLines, rollbackOutcomes } from './rollback.ts';
import { bar, called, clip, count, dollars, duration, environmentName, type Paint, percent, plural } from './text.ts';

/** What a person sees while a run goes: pure functions from a snapshot to lines. */

const STALE_MS = 15_000;

export const spent = ({ run, counters }: Snapshot): number => counters.serviceCalls * run.pricePerCall;

/** `created 12 · skipped 3 · failed 0`. */
export const runOutcomes = ({ created, updated, skipped, failed }: Counters): string =>
  [
    (created > 0 || updated === 0) && `created ${count(created)}`,
    updated > 0 && `updated ${count(updated)}`,
    `skipped ${count(total(skipped))}`,
    `failed ${count(total(failed))}`,
  ]
    .filter(Boolean)
    .join(' · ');

/** What became of the items so far, of a run or of a rollback. */
export const outcomes = ({ rollback }: RunRecord, counters: Counters): string =>
  rollback ? rollbackOutcomes(counters) : runOutcomes(counters);

const progressed = ({ run, counters }: Snapshot): string =>
  run.rollback ? rollbackOutcomes(counters) : `${runOutcomes(counters)} · filtered ${count(counters.filtered)}`;

function eta(snapshot: Snapshot, rate: number): string {
  if (snapshot.run.status !== 'running' || snapshot.segments.done === snapshot.segments.total || rate <= 0 || snapshot.expected === null)
    return '';
  return `ETA ${duration((Math.max(0, snapshot.expected - snapshot.through) / rate) * 1000)}`;
}

/** Why it does not move, if it does not. */
export function standing({ run, control, at, heartbeat, segments, phases, ownerGone }: Snapshot): string | undefined {
  if (run.status !== 'running') return run.reason ? `${run.status}: ${run.reason.message}` : undefined;
  if (ownerGone) return `its process is gone; carry it on with: ${called(`resume ${run.runId}`, run.environment)}`;
  if (control.desired !== 'run') {
    const heard = `${segments.heard} of ${plural(segments.working, 'worker')} ${segments.working === 1 ? 'has' : 'have'} heard it`;
    const why = control.reason ? `: ${control.reason.message}` : '';
    return `${control.desired === 'hold' ? 'pausing' : 'ending'} at the next checkpoint (${heard})${why}`;
  }
  if (phases.some(({ state, done, segments: all }) => state === 'now' && done === all)) return 'its segments are done; judging the gate';
  if (segments.done === segments.total) return 'every segment is done; checking the table';
  if (heartbeat > 0 && at - heartbeat > STALE_MS)
    return `no sign of life for ${duration(at - heartbeat)}; if its process is gone: ${called(`resume ${run.runId}`, run.environment)}`;
  return undefined;
}

export function title({ run }: Snapshot, paint: Paint): string {
  const { rollback } = run;
  const what = rollback ? `rollback ${run.runId} of run ${rollback.of}` : `run ${run.runId}`;
  return `${paint('bold', run.backfill)} ${run.version} · ${isRehearsal(run) ? 'rehearsed ' : ''}${what} · ${environmentName(run.environment, isCarriedLocally(run.owner))}`;
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
    standing(snapshot),
  ]
    .filter(Boolean)
    .join('  ');
}
