import { keyId } from './attribute-value.ts';
import type { CheckResult } from './checks.ts';
import { addFingerprints, NO_FINGERPRINT } from './fingerprint.ts';
import { readFailures } from './listings.ts';
import { type PresentPhase, shuffled } from './phases.ts';
import type { Ports, Share } from './ports.ts';
import type { RunRecord } from './records/run.ts';
import type { SegmentRecord } from './records/segment.ts';
import type { Native } from './result.ts';
import { sumCounters } from './run.ts';
import { seeded } from './seeded.ts';

/** A table of at most so many items is checked whole at the end of a run; of a larger one, a sample of its partitions. */
const CHECK_WHOLE_UP_TO = 200_000;
const SAMPLE_ITEMS = 20_000;

/** Runs the definition's checks, and the engine's own: that the source items are what they were. `full`: on the whole table, however large. */
export async function runChecks(
  ports: Ports,
  run: RunRecord | undefined,
  segments: readonly SegmentRecord[],
  full = false,
  sampleSize?: number,
): Promise<CheckResult[]> {
  const { definition, random } = ports;
  const cameToAll = run !== undefined && run.options.limit === null && isThrough(run, segments);
  const items = sizeOf(run, segments);
  const whole = full || items === null || items <= CHECK_WHOLE_UP_TO;
  const share: Share = whole ? { mode: 'full' } : sampleShare(items, random);
  const reader = ports.reader(share);
  const results = await definition.checks({
    ...(await contextOf(ports, run, segments)),
    read: reader,
    mode: share.mode,
    partial: run !== undefined && !cameToAll,
    sampleSize,
  });
  return whole && cameToAll ? [...results, originalsUnchanged(segments, await reader.fingerprint())] : results;
}

/** Whether every segment of the scan, and of each retry, has come to its end. */
const isThrough = ({ options }: RunRecord, segments: readonly SegmentRecord[]): boolean =>
  segments.length >= options.segments && segments.every(({ state }) => state === 'done');

/** What was scanned counts for more than what was estimated: `ItemCount` is hours old. `null`: unknown. */
function sizeOf(run: RunRecord | undefined, segments: readonly SegmentRecord[]): number | null {
  const { scanned } = sumCounters(segments);
  return scanned === 0 ? (run?.estimatedItems ?? null) : Math.max(scanned, run?.estimatedItems ?? 0);
}

/** The definition's checks on what a phase, and those before it, have worked off: on all of its partitions, or a sample of them. */
export async function checkPhase(
  ports: Ports,
  run: RunRecord,
  { segments: own, index }: Pick<PresentPhase, 'segments' | 'index'>,
  segments: readonly SegmentRecord[],
): Promise<CheckResult[]> {
  const total = run.options.segments;
  const isOwn = new Set(own);
  const done = segments.filter(({ state }) => state === 'done');
  const earlier = done.map(({ segment }) => segment).filter((segment) => !isOwn.has(segment));
  const itemsEach = Math.max(1, sumCounters(done).scanned / Math.max(1, done.length));
  const most = Math.max(1, Math.floor(SAMPLE_ITEMS / itemsEach));
  // Both are in a random order already; the phase's own come first.
  const drawn = [...own, ...shuffled(earlier, run.runId)].slice(0, most);
  const isDrawn = new Set(drawn);
  return ports.definition.checks({
    ...(await contextOf(
      ports,
      run,
      segments.filter(({ segment }) => isDrawn.has(segment)),
    )),
    read: ports.reader({ mode: 'sample', segments: drawn, total }),
    mode: 'sample',
    partial: false,
    // Judged again, it is judged by the same ones.
    random: seeded(`${run.runId}/${index}`),
  });
}

async function contextOf(ports: Ports, run: RunRecord | undefined, segments: readonly SegmentRecord[]) {
  const { embedded, clock, random } = ports;
  return { embedded, runStarted: run?.now, failed: await failedSources(ports, run, segments), clock: () => clock.now(), random };
}

async function failedSources({ artifacts, codec, definition }: Ports, run: RunRecord | undefined, segments: readonly SegmentRecord[]) {
  const failures = run ? await readFailures(artifacts, run.runId, segments) : [];
  const keys = new Set(failures.map(({ key }) => keyId(key)));
  return (source: Native): boolean =>
    keys.size > 0 && keys.has(keyId(codec.toItem(Object.fromEntries(definition.source.key.map((name) => [name, source[name]])))));
}

function sampleShare(items: number, random: () => number) {
  const total = Math.min(1_000_000, Math.ceil(items / 1000));
  const wanted = Math.ceil(SAMPLE_ITEMS / 1000);
  const segments = new Set<number>();
  while (segments.size < Math.min(wanted, total)) segments.add(Math.floor(random() * total));
  return { mode: 'sample' as const, segments: [...segments], total };
}

function originalsUnchanged(segments: readonly SegmentRecord[], now: string): CheckResult {
  const before = segments.reduce((sum, { fingerprint }) => addFingerprints(sum, fingerprint), NO_FINGERPRINT);
  const name = 'originals-unchanged';
  if (before === now)
    return { name, status: 'pass', message: 'Every source item is byte for byte as the run found it.', measured: { fingerprint: now } };
  const message = 'Source items were added, changed or deleted by others since the run read them (a run itself never does).';
  return { name, status: 'warn', message, measured: { before, now } };
}
