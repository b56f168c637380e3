import {
  type AccessPath,
  geohashPath,
  merchantPath,
  placePath,
  type QueryCursor,
  readPage,
  statusPath,
} from '../../backfills/receipt-place/queries.ts';
import { BackfillError } from '../../core/errors.ts';
import { requireTable } from '../../core/preflight.ts';
import type { Native } from '../../core/result.ts';
import type { CommandSpec } from '../command.ts';
import { type CommonOptions, type Screen, withEnvironment } from '../context.ts';
import { clip, count, table } from '../screen/text.ts';
import { wardrobeQuery } from './query-wardrobe.ts';
import { jsonOption } from './run.ts';

interface QueryFlags extends CommonOptions {
  merchant?: string;
  place?: string;
  status?: string;
  geohash?: string;
  neighbours?: boolean;
  limit: string;
  from?: string;
}

export const queryCommands: CommandSpec = (program, screen, done) => {
  const query = program.command('query').description("a definition's read side");
  query
    .command('receipt-place')
    .description('receipts with their places, through the four indexes')
    .option('--merchant <name>', 'by merchant, in any spelling of case and accents')
    .option('--place <id>', 'by Google place id')
    .option('--status <status>', 'by validation status: MATCHED, UNSURE, NO_MATCH')
    .option('--geohash <hash>', 'by geohash of precision 6')
    .option('--neighbours', 'with --geohash: its eight neighbours too')
    .option('--limit <n>', 'a page', '20')
    .option('--from <page>', 'the page after the last, as the one before told')
    .addOption(jsonOption())
    .action((_: unknown, command) => done(receipts(command.optsWithGlobals(), screen)));
  wardrobeQuery(query, screen, done);
};

function pathOf({ merchant, place, status, geohash, neighbours }: QueryFlags): AccessPath {
  const paths = [
    merchant !== undefined && merchantPath(merchant),
    place !== undefined && placePath(place),
    status !== undefined && statusPath(status),
    geohash !== undefined && geohashPath(geohash, { neighbours: neighbours ?? false }),
  ].filter((path) => path !== false);
  const [path] = paths;
  if (!path || paths.length > 1) {
    throw new BackfillError('query.invalid', 'The query needs exactly one of --merchant, --place, --status and --geohash.');
  }
  if (neighbours && geohash === undefined) throw new BackfillError('query.invalid', '--neighbours goes with --geohash only.');
  return path;
}

/** @throws {BackfillError} `query.invalid` */
function cursorOf(text: string): QueryCursor {
  try {
    const cursor = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (Number.isInteger(cursor.partition)) return cursor;
  } catch {
    // Said below.
  }
  throw new BackfillError('query.invalid', `--from ${text} is not a page of this query.`, { remedy: 'Give what the page before printed.' });
}

async function receipts(flags: QueryFlags, screen: Screen): Promise<number> {
  const path = pathOf(flags);
  const limit = Number(flags.limit);
  if (!Number.isInteger(limit) || limit < 1)
    throw new BackfillError('option.invalid', `--limit cannot be ${flags.limit}: it must be a whole number from 1.`);
  return withEnvironment(flags, async ({ ports }) => {
    const opened = ports('receipt-place');
    await requireTable(opened);
    const reader = opened.reader({ mode: 'full' });
    const rows: Native[] = [];
    let cursor = flags.from === undefined ? undefined : cursorOf(flags.from);
    const began = performance.now();
    // A page of the index also holds metadata rows: pages are read until so many receipts are together.
    do {
      const page = await readPage(reader, path, { limit: limit - rows.length, ...(cursor && { cursor }) });
      rows.push(...page.items);
      cursor = page.next;
    } while (cursor && rows.length < limit);
    const took = performance.now() - began;
    const next = cursor && Buffer.from(JSON.stringify(cursor)).toString('base64url');
    if (flags.json) {
      screen.out(JSON.stringify({ rows, next: next ?? null }, null, 2));
      return 0;
    }
    const text = (value: unknown): string => (value === null || value === undefined ? '–' : String(value));
    const shown = rows.map((row) => [
      clip(text(row.merchant_name), 32),
      clip(text(row.formatted_address), 48),
      text(row.validation_status),
      text(row.geohash),
      text(row.place_id),
      `${text(row.image_id)} ${text(row.receipt_id)}`,
    ]);
    if (shown.length > 0)
      for (const line of table([['MERCHANT', 'ADDRESS', 'STATUS', 'GEOHASH', 'PLACE', 'IMAGE AND RECEIPT'], ...shown])) screen.out(line);
    screen.out(`${shown.length > 0 ? '\n' : ''}${count(shown.length)} receipts in ${Math.round(took)} ms`);
    if (next) screen.out(`next page: --from ${next}`);
    return 0;
  });
}
