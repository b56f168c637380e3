import { basename } from 'node:path';
import { backfills } from '../../backfills/index.ts';
import { type Images, imagesToJson, itemToJson, sameValue } from '../../core/attribute-value.ts';
import { BackfillError } from '../../core/errors.ts';
import type { Ledger } from '../../core/ledger.ts';
import { readExceptions, readFailures, readListing } from '../../core/listings.ts';
import type { ArtifactStore } from '../../core/ports.ts';
import type { RunRecord } from '../../core/records/run.ts';
import { readExamples, varied } from '../../core/rehearsal.ts';
import { conflictToJson, readConflicts } from '../../core/rollback/conflicts.ts';
import type { Damage } from '../../core/rollback/walk.ts';
import { allSegments } from '../../core/rounds.ts';
import { isRehearsal } from '../../core/run.ts';
import { assess, resultLines } from '../assessing.ts';
import type { CommandSpec } from '../command.ts';
import { type CommonOptions, lastStanding, runByNameOrId, type Screen, withEnvironment } from '../context.ts';
import { EXAMPLES_SHOWN, exampleLines } from '../screen/examples.ts';
import { findingLines } from '../screen/findings.ts';
import { keyText } from '../screen/items.ts';
import { clip, table } from '../screen/text.ts';
import { takeSnapshot } from '../snapshot.ts';
import { jsonOption } from './run.ts';

export const reportCommand: CommandSpec = (program, screen, done) => {
  program
    .command('report')
    .argument('[name-or-run]', 'default: the last run')
    .description('all that is known of a run: counts, checks, events, what failed item by item')
    .option('--sign-off', 'print the report that the run is signed off by, as Markdown')
    .option('--all', 'list every item that failed or was noted, not only the first twenty')
    .addOption(jsonOption())
    .action((target: string | undefined, _: unknown, command) => done(report(target, command.optsWithGlobals(), screen)));
};

/** At most so much of an item is printed; the listing among the artifacts has all of it. */
const imagesText = (images: Images): string => clip(JSON.stringify(imagesToJson(images)), 160);

const SHOWN = 20;

/** The report that a run is signed off by: there is one once the run has come to its end. */
async function printSignOff(run: RunRecord, artifacts: ArtifactStore, screen: Screen): Promise<number> {
  const { runId, signOff, status } = run;
  const text = signOff === null ? undefined : await artifacts.get(`reports/${basename(signOff)}`);
  if (text === undefined)
    throw new BackfillError(
      'run.refused',
      `Run ${runId} has no report to be signed off: ${isRehearsal(run) ? 'it was a rehearsal' : run.rollback ? 'it is a rollback' : `it is ${status}`}.`,
      {
        remedy: 'A run has one once it is complete or has reached its limit; `npx backfill report` tells what happened so far.',
      },
    );
  screen.out(text.trimEnd());
  return 0;
}

/** Where no run is named, the last one that has such a report. */
async function lastSigned(ledger: Ledger, target: string | undefined): Promise<RunRecord | undefined> {
  const names = backfills.map(({ name }) => name).filter((name) => target === undefined || target === name);
  const last = await Promise.all(names.map((name) => lastStanding(ledger, name)));
  return last.filter((run) => run !== undefined && run.signOff !== null).sort((a, b) => ((a?.runId ?? '') < (b?.runId ?? '') ? 1 : -1))[0];
}

interface ReportFlags extends CommonOptions {
  all?: boolean;
  signOff?: boolean;
}

function report(target: string | undefined, options: ReportFlags, screen: Screen): Promise<number> {
  return withEnvironment(options, async (opened) => {
    const { ledger, records, runtime } = opened;
    const run = (options.signOff ? await lastSigned(ledger, target) : undefined) ?? (await runByNameOrId(ledger, target));
    const { artifacts } = records;
    if (options.signOff) return printSignOff(run, artifacts, screen);
    const [segments, events, snapshot] = await Promise.all([
      allSegments(ledger, run),
      ledger.events(run.runId),
      takeSnapshot(ledger, run.runId, Date.now, runtime.executionEnded),
    ]);
    const [failures, exceptions, conflicts, damaged] = await Promise.all([
      readFailures(artifacts, run.runId, segments),
      readExceptions(artifacts, run.runId, segments),
      readConflicts(artifacts, run.runId, segments),
      readListing(artifacts, 'damaged', run.runId, segments) as Promise<Damage[]>,
    ]);
    if (options.json) {
      screen.out(
        JSON.stringify(
          {
            run,
            segments,
            events,
            failures: failures.map((failure) => ({ ...failure, key: itemToJson(failure.key) })),
            exceptions,
            conflicts: conflicts.map(conflictToJson),
            damaged,
          },
          null,
          2,
        ),
      );
      return 0;
    }
    const assessment = snapshot && (await assess(snapshot, opened));
    if (snapshot) for (const line of resultLines(snapshot, assessment, opened, screen).slice(0, -1)) screen.out(line);
    const limit = options.all ? Number.POSITIVE_INFINITY : SHOWN;
    if (isRehearsal(run)) {
      screen.out('');
      const examples = await readExamples(artifacts, run.runId, segments);
      for (const line of exampleLines(options.all ? examples : varied(examples, EXAMPLES_SHOWN), screen.paint, screen.columns))
        screen.out(line);
    }
    if (run.preflight.length > 0 && !isRehearsal(run))
      for (const line of ['', '  found before it began', ...findingLines(run.preflight, screen.paint)]) screen.out(line);
    section(
      screen,
      `failed, item by item (${failures.length})`,
      failures.map(({ key, code, message, retryable }) => [keyText(key), code, retryable ? 'retryable' : '', message]),
      limit,
    );
    section(
      screen,
      `noted, item by item (${exceptions.length})`,
      exceptions.map((exception) => [keyText(exception.key), exception.note]),
      limit,
    );
    section(
      screen,
      `kept as others have made them, item by item (${conflicts.length})`,
      conflicts.flatMap(({ key, why, wrote, stands }) => {
        const isGone =
          Object.keys(stands).length === 0 || (why === 'deleted-since' && Object.values(stands).every((value) => value === null));
        const different = [...new Set([...Object.keys(wrote), ...Object.keys(stands)])].filter(
          (name) => !sameValue(wrote[name], stands[name]),
        );
        const only = (images: Images): Images => Object.fromEntries(different.map((name) => [name, images[name] ?? null]));
        return [
          [keyText(key), why],
          ['', `the run wrote  ${imagesText(isGone ? wrote : only(wrote))}`],
          ['', `there stands   ${isGone ? 'nothing' : imagesText(only(stands))}`],
        ];
      }),
      limit * 3,
    );
    section(
      screen,
      `journal objects that cannot be used (${damaged.length})`,
      damaged.map(({ name, why }) => [name, why]),
      limit,
    );
    section(
      screen,
      'events',
      events.map(({ at, who, what, details }) => [at, what, who, eventDetails(details)]),
      Number.POSITIVE_INFINITY,
    );
    for (const line of files(run, opened.artifacts)) screen.out(line);
    screen.out('');
    return 0;
  });
}

const eventDetails = (details: Record<string, unknown>): string => (Object.keys(details).length === 0 ? '' : JSON.stringify(details));

function section(screen: Screen, heading: string, rows: string[][], limit: number): void {
  if (rows.length === 0) return;
  screen.out('');
  screen.out(`  ${heading}`);
  for (const line of table(rows.slice(0, limit))) screen.out(`    ${line}`);
  if (rows.length > limit) screen.out(`    … and ${rows.length - limit} more: --all lists them`);
}

function files(run: RunRecord, artifacts: string): string[] {
  const kind = run.rollback ? 'conflicts' : 'journal';
  return ['', `  ${kind}  ${artifacts}/${kind}/${run.runId}`];
}
