import { backfills } from '../../backfills/index.ts';
import type { CheckResult } from '../../core/checks.ts';
import { BackfillError, isBackfillError } from '../../core/errors.ts';
import { isFinished, requireFinished } from '../../core/finished.ts';
import type { ArtifactStore, Ports } from '../../core/ports.ts';
import { requireTable } from '../../core/preflight.ts';
import type { RunRecord } from '../../core/records/run.ts';
import { allSegments } from '../../core/rounds.ts';
import { stampedName } from '../../core/run.ts';
import { runChecks } from '../../core/run-checks.ts';
import { isInterrupted } from '../../core/steps/prepare.ts';
import { type RunState, stateOf } from '../../core/transitions.ts';
import { seededRandom } from '../../local/sample/random.ts';
import type { CommandSpec } from '../command.ts';
import { type CommonOptions, findRunOrName, lastStanding, type Opened, type Screen, withEnvironment } from '../context.ts';
import { sayDifference } from '../deployment.ts';
import { checkLines } from '../screen/summary.ts';
import { count, plural } from '../screen/text.ts';
import { jsonOption } from './run.ts';

interface Flags extends CommonOptions {
  saveReport?: boolean;
  full?: boolean;
  sampleSize?: string;
  seed?: string;
}

export const validateCommand: CommandSpec = (program, screen, done) => {
  program
    .command('validate')
    .argument('<name-or-run>', 'a backfill, or one of its runs that has come to its end')
    .description("the definition's checks, on the table as it is now")
    .option('--full', 'scan the whole table again, however large it is')
    .option('--sample-size <n>', 'judge so many items, drawn at random, where a check judges item by item')
    .option('--seed <n>', 'with --sample-size: the same seed draws the same items')
    .option('--save-report', 'keep the result among the artifacts')
    .addOption(jsonOption())
    .action((target: string, _: unknown, command) => done(validate(target, command.optsWithGlobals(), screen)));
};

/** @throws {BackfillError} `option.invalid` */
function wholeNumber(option: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value;
  throw new BackfillError('option.invalid', `${option} cannot be ${text}: it must be a whole number from ${least}.`);
}

interface Result {
  backfill: string;
  run: string | null;
  /** How that run stands; `null`: there was none. */
  state: RunState | null;
  at: string;
  good: boolean;
  /** Items of the table that the checks went through; `null`: a share of its segments. */
  items: number | null;
  sample: { size: number; seed: number } | null;
  checks: CheckResult[];
}

function validate(target: string, flags: Flags, screen: Screen): Promise<number> {
  const size = wholeNumber('--sample-size', flags.sampleSize, 1);
  const seed = wholeNumber('--seed', flags.seed, 0);
  if (seed !== undefined && size === undefined)
    throw new BackfillError('option.invalid', '--seed goes with --sample-size only.', {
      remedy: 'Add --sample-size, such as --sample-size 100.',
    });
  return withEnvironment(flags, (opened) => judge(target, { ...flags, size, seed }, opened, screen));
}

interface Wanted {
  size?: number | undefined;
  seed?: number | undefined;
  full?: boolean;
  json?: boolean;
  saveReport?: boolean;
}

/** Runs the checks, prints what they say and keeps it where that is wanted. Returns the exit code. */
export async function judge(
  target: string,
  { size, seed, full = false, json = false, saveReport = false }: Wanted,
  opened: Pick<Opened, 'ledger' | 'ports' | 'portsOf' | 'runtime' | 'deployed'>,
  screen: Screen,
): Promise<number> {
  const { run, state, ports } = await subjectOf(target, opened);
  sayDifference(ports.definition.name, opened, 'judges', screen);
  await requireTable(ports);
  const segments = run ? await allSegments(ports.ledger, run) : [];
  const sample = size === undefined ? null : { size, seed: seed ?? Math.floor(ports.random() * 2 ** 31) };
  const { reader, seen } = counting(ports.reader);
  const random = sample ? seededRandom(sample.seed).next : ports.random;
  const checks = await runChecks({ ...ports, reader, random }, run, segments, full, size);
  const now = Date.now();
  const result: Result = {
    backfill: ports.definition.name,
    run: run?.runId ?? null,
    state,
    at: new Date(now).toISOString(),
    good: checks.every(({ status }) => status !== 'fail'),
    items: seen(),
    sample,
    checks,
  };
  if (json) screen.out(JSON.stringify(result, null, 2));
  else for (const line of resultLines(result, screen)) screen.out(line);
  // Printed before it is kept: a place that cannot be written costs the file, not the result.
  if (saveReport) {
    const place = await keep(result, now, ports.artifacts);
    if (!json) screen.out(`  kept in ${place}\n`);
  }
  return result.good ? 0 : 1;
}

/** A run by its id, which must have come to its end; or the table as it is, after the last run that stands, however that one ended. */
async function subjectOf(target: string, { ledger, ports, portsOf, runtime }: Pick<Opened, 'ledger' | 'ports' | 'portsOf' | 'runtime'>) {
  const byName = backfills.some(({ name }) => name === target);
  const run: RunRecord | undefined = byName ? await lastStanding(ledger, target) : await findRunOrName(ledger, target);
  // Before anything is said of its state: without a definition nothing can be judged.
  const own = byName || !run ? ports(target) : portsOf(run);
  const state = run ? stateOf(run, await isInterrupted(run, runtime)) : null;
  if (run && state && !byName) requireFinished(run, state);
  return { run, state, ports: own };
}

/** A reader that tells afterwards how many items the whole table had; `null`: it was not read as a whole. */
function counting(reader: Ports['reader']): { reader: Ports['reader']; seen: () => number | null } {
  let seen: number | null = null;
  const counted: Ports['reader'] = (share) => {
    const inner = reader(share);
    async function* scan() {
      let items = 0;
      for await (const item of inner.scan()) {
        items += 1;
        yield item;
      }
      if (share.mode === 'full') seen = items;
    }
    return { ...inner, scan };
  };
  return { reader: counted, seen: () => seen };
}

function headingOf({ run, state }: Result): string {
  if (run === null || state === null) return 'never run';
  if (isFinished(state)) return `after run ${run} (${state})`;
  return `as it is: its last run, ${run}, never finished (${state}), so what that did not come to is no defect`;
}

function resultLines(result: Result, { paint, columns }: Screen): string[] {
  const { backfill, checks, items, sample, good } = result;
  const heading = ['', `  ${paint('bold', backfill)} ${headingOf(result)}`, ''];
  const isRemarkable = checks.some(({ status }) => status === 'warn' || status === 'fail');
  if (items === 0) {
    const remarks = isRemarkable ? ['', ...checkLines(checks, paint, columns, false)] : [];
    return [...heading, '  Nothing to validate: the table is empty.', ...remarks, ''];
  }
  const failed = checks.filter(({ status }) => status === 'fail').length;
  const verdict = good ? paint('green', '✔ good') : paint('red', `✖ ${plural(failed, 'check')} failed`);
  return [...heading, ...checkLines(checks, paint, columns, true), ...sampleLines(sample, items), '', `  ${verdict}`, ''];
}

function sampleLines(sample: Result['sample'], items: number | null): string[] {
  if (!sample) return [];
  if (items !== null && sample.size > items)
    return ['', `  The table has ${plural(items, 'item')}, fewer than the sample of ${count(sample.size)}: all of them were judged.`];
  return ['', `  A sample of ${count(sample.size)}; --seed ${sample.seed} draws the same one again.`];
}

/** @throws {BackfillError} `artifacts.unwritable` naming the place */
async function keep(result: Result, now: number, artifacts: ArtifactStore): Promise<string> {
  try {
    return await artifacts.put(`reports/${stampedName('validation_report', now)}`, `${JSON.stringify(result, null, 2)}\n`);
  } catch (error) {
    if (!isBackfillError(error)) throw error;
    throw new BackfillError(error.code, error.message, {
      cause: error,
      details: error.details,
      remedy: 'Make it writable, then validate once more; the result above is whole, only its file is missing.',
    });
  }
}
