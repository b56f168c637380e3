import { backfills, findBackfill } from '../../backfills/index.ts';
import { BackfillError, isBackfillError } from '../../core/errors.ts';
import type { Ports } from '../../core/ports.ts';
import type { RunRecord } from '../../core/records/run.ts';
import { isOver, isRehearsal, stampedName, workedMs } from '../../core/run.ts';
import { type RunState, stateOf } from '../../core/transitions.ts';
import type { CommandSpec } from '../command.ts';
import { type CommonOptions, lastReal, namesOf, runByNameOrId, type Screen, withEnvironment } from '../context.ts';
import { liveView, type Shown } from '../live.ts';
import { detailsEvery, lookInto, monitored, monitoredToJson } from '../monitor.ts';
import { monitorLine, monitorLines } from '../screen/monitor.ts';
import { outcomes } from '../screen/progress.ts';
import { duration, plural, table } from '../screen/text.ts';
import { RateMeter, type Snapshot, takeSnapshot } from '../snapshot.ts';
import { jsonOption } from './run.ts';

interface MonitorFlags extends CommonOptions {
  watch?: boolean;
  interval: string;
  saveReport?: boolean;
}

/** However often a page is repainted: journal and listings are not read oftener. */
const DETAILS_EVERY_MS = 5_000;

export const watchCommands: CommandSpec = (program, screen, done) => {
  program
    .command('list')
    .description('the backfills, with version, source and last run')
    .addOption(jsonOption())
    .action((_: unknown, command) => done(list(command.optsWithGlobals(), screen)));

  program
    .command('monitor')
    .argument('[name-or-run]', 'default: the last run')
    .description('how a run stands, from any terminal: progress, health, cost, what it did last, what to do')
    .option('--watch', 'keep showing until it ends')
    .option('--interval <seconds>', 'with --watch: between two looks', '2')
    .option('--save-report', 'keep what is shown, as JSON, among the artifacts; with --watch: the end of it')
    .addOption(jsonOption())
    .action((target: string | undefined, _: unknown, command) => done(monitor(target, command.optsWithGlobals(), screen)));

  program
    .command('runs')
    .argument('[name]', 'only those of this backfill')
    .description('the runs so far, newest first')
    .option('--last <n>', 'at most so many', '20')
    .addOption(jsonOption())
    .action((name: string | undefined, _: unknown, command) => done(runs(name, command.optsWithGlobals(), screen)));
};

function list(options: CommonOptions, screen: Screen): Promise<number> {
  return withEnvironment(options, async ({ ledger, table }) => {
    const rows = await Promise.all(
      backfills.map(async ({ name, version, summary }) => {
        const last = await lastReal(ledger, name);
        return { name, version, source: table(name), summary, lastRun: last ? `${last.runId} ${last.status}` : 'never run' };
      }),
    );
    if (options.json) screen.out(JSON.stringify(rows, null, 2));
    else {
      screen.out('');
      for (const row of rows) {
        screen.out(`  ${screen.paint('bold', row.name)} ${row.version}   table ${row.source} · ${row.lastRun}`);
        screen.out(`    ${row.summary}`);
      }
      screen.out('');
    }
    return 0;
  });
}

function monitor(target: string | undefined, options: MonitorFlags, screen: Screen): Promise<number> {
  const seconds = Number(options.interval);
  if (!(seconds >= 0.1))
    throw new BackfillError('option.invalid', `The interval cannot be ${options.interval}: it must be a number of seconds from 0.1.`);
  return withEnvironment(options, async ({ ledger, records, runtime, logFile }) => {
    const sight = async (): Promise<Snapshot | undefined> =>
      takeSnapshot(ledger, (await runByNameOrId(ledger, target)).runId, Date.now, runtime.executionEnded);
    // Of two that are started at once, the one that is refused is gone again in no time.
    let snapshot = (await sight()) ?? (await sight());
    if (!snapshot) throw new BackfillError('run.unknown', 'The last run is gone.', { remedy: 'Ask again.' });
    const { runId, backfill } = snapshot.run;
    const meter = new RateMeter();
    const look = (snapshot: Snapshot) => lookInto(snapshot, records);
    const page = {
      paint: screen.paint,
      columns: screen.columns,
      rows: Number.POSITIVE_INFINITY,
      watching: false,
      logFile: logFile(backfill),
    };
    if (options.watch && !hasEnded(snapshot)) {
      const seldom = detailsEvery(DETAILS_EVERY_MS, look);
      const repainted = { ...page, rows: screen.rows, watching: true };
      const shown: Shown = {
        page: async (one, rate) => monitorLines(monitored(one, rate, await seldom(one)), rate, repainted),
        line: (one, rate) => monitorLine(monitored(one, rate, undefined), rate),
      };
      const view = await liveView(ledger, () => runId, screen, runtime.executionEnded, seconds * 1000, shown);
      snapshot = (await view.follow((seen) => seen !== undefined && hasEnded(seen))) ?? snapshot;
    }
    const seen = monitored(snapshot, meter, await look(snapshot));
    const body = JSON.stringify(monitoredToJson(seen), null, 2);
    if (options.json) screen.out(body);
    else for (const line of monitorLines(seen, meter, page)) screen.out(line);
    // Last, so that a folder that cannot be written costs nobody the sight of the run.
    if (options.saveReport) await keepReport(`${body}\n`, snapshot.at, records, options.json ? screen.err : screen.out);
    return 0;
  });
}

const hasEnded = ({ run, ownerGone }: Snapshot): boolean => ownerGone || isOver(run.status);

/** @throws {BackfillError} `artifacts.unwritable` */
async function keepReport(body: string, at: number, { artifacts }: Pick<Ports, 'artifacts'>, say: (line: string) => void): Promise<void> {
  const name = `reports/${stampedName('backfill_report', at)}`;
  const saved = await artifacts.put(name, body).catch((error) => {
    if (!isBackfillError(error)) throw error;
    throw new BackfillError(error.code, error.message, { cause: error, remedy: 'Make it writable and check free space, then ask again.' });
  });
  say(`  kept in ${saved}`);
  say('');
}

function runs(name: string | undefined, options: CommonOptions & { last: string }, screen: Screen): Promise<number> {
  const last = Number(options.last);
  if (!Number.isInteger(last) || last < 1)
    throw new BackfillError('option.invalid', `--last cannot be ${options.last}: it must be a whole number from 1.`);
  return withEnvironment(options, async ({ ledger, runtime }) => {
    const known = await namesOf(ledger);
    if (name !== undefined && !known.includes(name)) findBackfill(name);
    const names = name === undefined ? known : [name];
    const found = (await Promise.all(names.map((wanted) => ledger.listRuns(wanted, last)))).flat();
    const records = found.sort((a, b) => (a.runId < b.runId ? 1 : -1)).slice(0, last);
    if (options.json) screen.out(JSON.stringify(records, null, 2));
    else if (records.length === 0) screen.out('Nothing has been run yet. Start with: npx backfill run receipt-place');
    else {
      const rows = await Promise.all(
        records.map(async (run) => {
          if (run.status !== 'running')
            return [run.runId, run.backfill, statusOf(run, run.status), duration(workedMs(run, Date.now())), outcome(run)];
          const now = await takeSnapshot(ledger, run.runId, Date.now, runtime.executionEnded);
          const state = stateOf(run, now?.ownerGone ?? false);
          const worked = duration(now?.workedMs ?? 0);
          return [run.runId, run.backfill, statusOf(run, state), worked, now ? outcome({ ...run, totals: now.counters }) : ''];
        }),
      );
      for (const line of table([['RUN', 'BACKFILL', 'STATUS', 'WORKED', 'OUTCOME'], ...rows])) screen.out(line);
    }
    return 0;
  });
}

const statusOf = (run: RunRecord, state: RunState): string =>
  [isRehearsal(run) && (run.options.countOnly ? 'assessment' : 'rehearsal'), run.rollback && 'rollback', state].filter(Boolean).join(' ');

function outcome(run: RunRecord): string {
  const { totals, reason, checks, rollback } = run;
  if (!totals) return reason ? `${reason.code}: ${reason.message}` : '';
  const failedChecks = checks?.filter(({ status }) => status === 'fail').length ?? 0;
  const parts = [rollback && `of ${rollback.of}`, outcomes(run, totals), failedChecks > 0 && `${plural(failedChecks, 'check')} failed`];
  return parts.filter(Boolean).join(' · ');
}
