import { existsSync, rmSync } from 'node:fs';
import { callDeps } from '../../../lambdas/runtime.ts';
import { backfills } from '../../backfills/index.ts';
import { BackfillError } from '../../core/errors.ts';
import type { Ledger } from '../../core/ledger.ts';
import { databaseService, FLAGS_FILE, LOGS_FOLDER, type LocalSettings, placesService } from '../../local/environment.ts';
import { restoreSnapshot } from '../../local/restore.ts';
import { RECEIPTS_TABLE, seedReceipts } from '../../local/seed.ts';
import { seededWith } from '../../local/seed-marker.ts';
import { DEFAULT_WARDROBE, seedWardrobe, WARDROBE_MARKER, WARDROBE_TABLE, wardrobeSeededWith } from '../../local/seed-wardrobe.ts';
import { ensureService, findService, stopService } from '../../local/services.ts';
import type { CommandSpec } from '../command.ts';
import { type CommonOptions, findRun, lastRun, type Screen, settingsFor, withEnvironment } from '../context.ts';
import { bar, count, duration, percent } from '../screen/text.ts';

interface SeedFlags extends CommonOptions {
  receipts: string;
  wardrobe: string;
  seed: string;
}

export const localCommands: CommandSpec = (program, screen, done) => {
  const local = program.command('local').description('the embedded environment: a DynamoDB on disk and a fake Places server');
  local
    .command('start')
    .description('start database and fake Places server; they end by themselves when idle')
    .action((_: unknown, command) => done(start(command.optsWithGlobals(), screen)));
  local
    .command('stop')
    .description('stop them; the data stays')
    .option('--force', 'also under a run that is going on')
    .action((_: unknown, command) => done(stop(command.optsWithGlobals(), screen)));
  local
    .command('seed')
    .description('fill the tables `receipts` and `wardrobe` with a sample, once')
    .option('--receipts <n>', 'how many', '20000')
    .option('--wardrobe <n>', 'how many items', String(DEFAULT_WARDROBE.items))
    .option('--seed <n>', 'the same seed makes the same sample', '1')
    .action((_: unknown, command) => done(seed(command.optsWithGlobals(), screen)));
  local
    .command('restore')
    .argument('<file-or-run>', 'a snapshot, or the run that took it')
    .description('make a new table from the snapshot that a run took before its first write')
    .option('--table <name>', 'what to call it (default: <table>-restored)')
    .action((source: string, _: unknown, command) => done(restore(source, command.optsWithGlobals(), screen)));
  local
    .command('reset')
    .description('stop, and delete database, journal and reports')
    .option('--force', 'also under a run that is going on')
    .action((_: unknown, command) => done(reset(command.optsWithGlobals(), screen)));
};

interface StopFlags extends CommonOptions {
  force?: boolean;
}

/** A run that goes on needs its database. */
async function refuseUnderRun(options: StopFlags, settings: LocalSettings): Promise<void> {
  if (options.force || !findService(settings.folder, databaseService(settings))) return;
  await withEnvironment(options, async ({ ledger, runtime }) => {
    for (const { name } of backfills) {
      const run = await lastRun(ledger, name);
      if (run?.status !== 'running' || (await runtime.executionEnded(run.owner))) continue;
      const remedy = 'Let it end, stop it with Ctrl-C where it runs, or say --force.';
      throw new BackfillError('lock.held', `Run ${run.runId} of ${name} is going on.`, { remedy });
    }
  });
}

async function start(options: CommonOptions, screen: Screen): Promise<number> {
  const settings = settingsFor(options);
  const database = await ensureService(settings.folder, databaseService(settings));
  const places = await ensureService(settings.folder, placesService(settings));
  await withEnvironment(options, async () => undefined);
  screen.out(`database  ${database.url}  (pid ${database.pid})`);
  screen.out(`places    ${places.url}  (pid ${places.pid})`);
  screen.out(`Both end by themselves after ${settings.idleSeconds} s without a request; every command starts them anew.`);
  return 0;
}

async function stop(options: StopFlags, screen: Screen): Promise<number> {
  const settings = settingsFor(options);
  await refuseUnderRun(options, settings);
  const stopped = [
    await stopService(settings.folder, databaseService(settings)),
    await stopService(settings.folder, placesService(settings)),
  ];
  screen.out(stopped.some(Boolean) ? 'Stopped; the data stays.' : 'Nothing was running.');
  return 0;
}

async function seed(options: SeedFlags, screen: Screen): Promise<number> {
  const wanted = { receipts: Number(options.receipts), wardrobe: Number(options.wardrobe), seed: Number(options.seed) };
  for (const [name, value] of Object.entries(wanted)) {
    if (!Number.isInteger(value) || value < 0)
      throw new BackfillError('option.invalid', `--${name} must be a whole number, not ${options[name as 'seed']}.`);
  }
  const settings = settingsFor(options);
  const receipts = seededWith(settings.folder);
  if (receipts && (receipts.receipts !== wanted.receipts || receipts.seed !== wanted.seed))
    throw otherSample(`${count(receipts.receipts)} receipts of seed ${receipts.seed}`);
  const wardrobe = wardrobeSeededWith(settings.folder);
  if (wardrobe && (wardrobe.items !== wanted.wardrobe || wardrobe.seed !== wanted.seed))
    throw otherSample(`${count(wardrobe.items)} wardrobe items of seed ${wardrobe.seed}`);
  return withEnvironment(options, async ({ runtime }) => {
    // It serves the places of one sample; it will come back with this one's.
    if (!receipts) await stopService(settings.folder, placesService(settings));
    let began = performance.now();
    const tell = (table: string, fresh: boolean, what: string): void => {
      if (screen.live && fresh) process.stdout.write('\r\u001b[K');
      const took = duration(performance.now() - began);
      screen.out(fresh ? `Seeded table ${table} with ${what} in ${took}.` : `Table ${table} has its sample already: ${what}.`);
      began = performance.now();
    };
    const onProgress = (share: number): void => {
      if (screen.live) process.stdout.write(`\r  seeding   ${screen.paint('green', bar(share, 32))}  ${percent(share).padStart(5)}`);
    };
    const [receiptsTable, wardrobeTable] = [runtime.tableName(RECEIPTS_TABLE), runtime.tableName(WARDROBE_TABLE)];
    const seeded = await seedReceipts(
      runtime.dynamo,
      settings.folder,
      { receipts: wanted.receipts, seed: wanted.seed },
      onProgress,
      receiptsTable,
    );
    const others = count(seeded.items - seeded.receipts);
    tell(receiptsTable, seeded.fresh, `${count(seeded.receipts)} receipts and ${others} rows of other kinds`);
    const clothes = await seedWardrobe(runtime.dynamo, settings.folder, { items: wanted.wardrobe, seed: wanted.seed }, wardrobeTable);
    tell(wardrobeTable, clothes.fresh, `${count(clothes.items)} items`);
    return 0;
  });
}

/** @throws {BackfillError} `run.unknown`, `backup.unreadable` */
async function snapshotOf(source: string, ledger: Ledger): Promise<string> {
  if (existsSync(source)) return source;
  const isPath = source.includes('/') || source.endsWith('.gz');
  if (isPath) throw new BackfillError('backup.unreadable', `There is no file ${source}.`);
  const { backup } = await findRun(ledger, source);
  if (backup) return backup.where;
  throw new BackfillError('backup.unreadable', `Run ${source} has taken no backup.`);
}

const TABLE_NAME = /^[A-Za-z0-9_.-]{3,255}$/;

function restore(source: string, options: CommonOptions & { table?: string }, screen: Screen): Promise<number> {
  if (options.table !== undefined && !TABLE_NAME.test(options.table))
    throw new BackfillError(
      'option.invalid',
      `--table cannot be "${options.table}": a table's name has 3 to 255 of the characters A-Z a-z 0-9 _ . -.`,
    );
  return withEnvironment(options, async ({ runtime, ledger }) => {
    const began = performance.now();
    const file = await snapshotOf(source, ledger);
    const onProgress = (share: number): void => {
      if (screen.live) process.stdout.write(`\r  restoring ${screen.paint('green', bar(share, 32))}  ${percent(share).padStart(5)}`);
    };
    const restored = await restoreSnapshot(runtime.dynamo, file, options.table, callDeps(runtime), onProgress);
    if (screen.live) process.stdout.write('\r\u001b[K');
    screen.out(
      `Restored table ${restored.table} with ${count(restored.items)} items, as ${restored.of} was, in ${duration(performance.now() - began)}.`,
    );
    return 0;
  });
}

const otherSample = (what: string): BackfillError =>
  new BackfillError('option.invalid', `The sample there has ${what}.`, { remedy: 'Run `npx backfill local reset` first to make another.' });

async function reset(options: StopFlags, screen: Screen): Promise<number> {
  const settings = settingsFor(options);
  await refuseUnderRun(options, settings);
  await stopService(settings.folder, databaseService(settings));
  await stopService(settings.folder, placesService(settings));
  for (const entry of [
    'db',
    'artifacts',
    LOGS_FOLDER,
    'seed.json',
    WARDROBE_MARKER,
    FLAGS_FILE,
    'endpoint.json',
    'places.json',
    'host.lock',
    'host.log',
  ]) {
    rmSync(`${settings.folder}/${entry}`, { recursive: true, force: true });
  }
  screen.out(`${settings.folder} is empty again.`);
  return 0;
}
