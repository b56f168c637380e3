import { findBackfill } from '../../backfills/index.ts';
import { ratesOf } from '../../core/assessment.ts';
import { MAX_ITEM_BYTES } from '../../core/attribute-value.ts';
import { DEFAULT_BATCH_SIZE } from '../../core/definition.ts';
import { BackfillError } from '../../core/errors.ts';
import { forecast, USUAL_SETTINGS } from '../../core/forecast.ts';
import { type ImaginedTable, imagine } from '../../core/imagined-table.ts';
import { prices } from '../../core/prices.ts';
import { segmentCount } from '../../core/segment-count.ts';
import { concurrencyOnAws } from '../assessing.ts';
import type { CommandSpec } from '../command.ts';
import { readConfiguration } from '../configuration-file.ts';
import { type CommonOptions, environmentNamed, type Screen, withEnvironment } from '../context.ts';
import { requireSameVersion } from '../deployment.ts';
import { drive } from '../drive.ts';
import { MAX_RATE, quantity, share } from '../quantity.ts';
import { imaginedLines } from '../screen/assessment.ts';
import { jsonOption } from './run.ts';

interface Flags extends CommonOptions {
  items?: string;
  itemBytes?: string;
  indexes?: string;
  indexKeys?: string;
  changes?: string;
  writeUnits?: string;
  limit?: string;
  batchSize?: string;
  segments?: string;
  watch: boolean;
}

export const assessCommand: CommandSpec = (program, screen, done) => {
  program
    .command('assess')
    .argument('[name]', 'a backfill, as `list` names it')
    .description('count what a run would do, how good the data is, and what it would take; writes nothing, calls nobody')
    .option('--limit <n>', 'look at so many eligible items at most')
    .option('--batch-size <n>', 'items read between two checkpoints (default: the definition’s)')
    .option('--segments <n>', 'slices of the table worked side by side (default: by size)')
    .option('--write-units <rate>', 'write units a second, of the table and of each index (default: what the table has, or 4000)')
    .option('--items <n>', 'no table at all: one of the mind, of so many items (1e9, 1_000_000)')
    .option('--item-bytes <n>', 'with --items: bytes of an item')
    .option('--indexes <n>', 'with --items: indexes that each change touches (default: 0)')
    .option('--index-keys <n>', 'with --items: different partition keys of each index (default: so many that none matters)')
    .option('--changes <share>', 'with --items: the share of the items that are changed, 0.3 or 30% (default: all)')
    .option('--no-watch', 'show nothing until it is over')
    .addOption(jsonOption())
    .action((name: string | undefined, _: unknown, command) => done(assess(name, command.optsWithGlobals(), screen)));
};

/** What an index may be asked for at most: 20 global and 5 local ones. */
const MAX_INDEXES = 25;
const MAX_ITEMS = 1e15;

const OF_THE_MIND = { itemBytes: '--item-bytes', indexes: '--indexes', indexKeys: '--index-keys', changes: '--changes' } as const;
const OF_A_TABLE = { limit: '--limit' } as const;

const BATCH_SIZE = { least: 1, most: 1_000, whole: true };
const SEGMENTS = { least: 1, most: 10_000, whole: true };

/** @throws {BackfillError} `option.invalid` */
async function assess(name: string | undefined, flags: Flags, screen: Screen): Promise<number> {
  if (name !== undefined) findBackfill(name);
  const rate = quantity('--write-units', flags.writeUnits, { least: 1, most: MAX_RATE });
  if (flags.items !== undefined) {
    refuseBeside(flags, OF_A_TABLE, 'cannot go with --items: there is no table to look at');
    return imagineAndShow(name, imagined(flags), rate, flags, screen);
  }
  refuseBeside(flags, OF_THE_MIND, 'goes with --items only: the table itself says so');
  if (name === undefined)
    throw new BackfillError('option.invalid', 'There is nothing to assess.', {
      remedy: 'Name a backfill that `npx backfill list` prints, or describe a table with --items and --item-bytes.',
    });
  const input = {
    dryRun: true,
    countOnly: true,
    limit: quantity('--limit', flags.limit, { least: 1, most: Number.MAX_SAFE_INTEGER, whole: true }),
    batchSize: quantity('--batch-size', flags.batchSize, BATCH_SIZE),
    segments: quantity('--segments', flags.segments, SEGMENTS),
  };
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const options = { machine: 'backfill' as const, backfill: name, quiet: !flags.watch, json: flags.json ?? false, rate };
  return withEnvironment(flags, (opened) => {
    requireSameVersion(name, opened);
    return drive({ ...options, input: { ...given, startedBy: opened.person } }, opened, screen);
  });
}

function refuseBeside<K extends keyof Flags>(flags: Flags, options: Readonly<Record<K, string>>, why: string): void {
  for (const [name, option] of Object.entries(options) as [K, string][])
    if (flags[name] !== undefined) throw new BackfillError('option.invalid', `${option} ${why}.`, { remedy: 'Leave it out.' });
}

function imagined({ items, itemBytes, indexes, indexKeys, changes }: Flags): ImaginedTable {
  const size = quantity('--item-bytes', itemBytes, { least: 1, most: MAX_ITEM_BYTES, whole: true });
  if (size === undefined)
    throw new BackfillError('option.invalid', '--items says how many, and nothing says how large they are.', {
      remedy: 'Add --item-bytes, such as --item-bytes 1200.',
    });
  return {
    items: quantity('--items', items, { least: 0, most: MAX_ITEMS, whole: true }) ?? 0,
    itemBytes: size,
    indexes: quantity('--indexes', indexes, { least: 0, most: MAX_INDEXES, whole: true }) ?? 0,
    indexKeys: quantity('--index-keys', indexKeys, { least: 1, most: MAX_ITEMS, whole: true }),
    changes: share('--changes', changes) ?? 1,
  };
}

function imagineAndShow(name: string | undefined, table: ImaginedTable, rate: number | undefined, flags: Flags, screen: Screen): number {
  const { json, environment } = flags;
  const definition = name === undefined ? undefined : findBackfill(name);
  const batchSize = quantity('--batch-size', flags.batchSize, BATCH_SIZE) ?? definition?.batchSize ?? DEFAULT_BATCH_SIZE;
  const concurrency = concurrencyOnAws(environment);
  const run = {
    batchSize,
    segments:
      quantity('--segments', flags.segments, SEGMENTS) ??
      segmentCount(
        { items: table.items, bytes: table.items * table.itemBytes },
        { concurrency, isPhased: (definition?.phases.length ?? 0) > 0, limit: null, batchSize },
      ),
    looksFirst: definition?.target !== undefined,
    pricePerCall: definition?.service?.pricePerCall,
  };
  // An environment's prices are known where the environment itself is out of reach.
  const pricesOf = (name: string) => ({ ...prices, ...readConfiguration(process.env, environmentNamed(name)).prices });
  const settings = { ...USUAL_SETTINGS, concurrency, batchSize };
  const found = forecast(imagine(table, run), ratesOf(undefined, rate), pricesOf(environment), settings);
  if (json) screen.out(JSON.stringify({ backfill: name ?? null, imagined: table, forecast: found }, null, 2));
  else for (const line of imaginedLines(name, table, found, screen.paint, screen.columns, environment)) screen.out(line);
  return 0;
}
