import { type AccessPath, geohashPath, merchantPath, placePath, readPages, statusPath } from '../../backfills/receipt-place/queries.ts';
import { BackfillError } from '../../core/errors.ts';
import type { Native } from '../../core/result.ts';
import type { CommandSpec } from '../command.ts';
import { type CommonOptions, type Screen, withEnvironment } from '../context.ts';
import { clip, count, table } from '../screen/text.ts';
import { jsonOption } from './run.ts';

interface QueryFlags extends CommonOptions {
  merchant?: string;
  place?: string;
  status?: string;
  geohash?: string;
  neighbours?: boolean;
  limit: string;
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
    .option('--limit <n>', 'show at most so many', '20')
    .addOption(jsonOption())
    .action((_: unknown, command) => done(receipts(command.optsWithGlobals(), screen)));
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

async function receipts(flags: QueryFlags, screen: Screen): Promise<number> {
  const path = pathOf(flags);
  const limit = Number(flags.limit);
  if (!Number.isInteger(limit) || limit < 1)
    throw new BackfillError('option.invalid', `--limit cannot be ${flags.limit}: it must be a whole number from 1.`);
  return withEnvironment(flags, async ({ ports }) => {
    const reader = ports('receipt-place').reader({ mode: 'full' });
    const rows: Native[] = [];
    const began = performance.now();
    // One row more than is shown tells whether there are more.
    for await (const page of readPages(reader, path, { limit: Math.min(1000, limit + 1) })) {
      rows.push(...page);
      if (rows.length > limit) break;
    }
    const took = performance.now() - began;
    if (flags.json) {
      screen.out(JSON.stringify(rows.slice(0, limit), null, 2));
      return 0;
    }
    const text = (value: unknown): string => (value === null || value === undefined ? '–' : String(value));
    const shown = rows
      .slice(0, limit)
      .map((row) => [
        clip(text(row.merchant_name), 32),
        clip(text(row.formatted_address), 48),
        text(row.validation_status),
        text(row.geohash),
        text(row.place_id),
        `${text(row.image_id)} ${text(row.receipt_id)}`,
      ]);
    if (shown.length > 0)
      for (const line of table([['MERCHANT', 'ADDRESS', 'STATUS', 'GEOHASH', 'PLACE', 'IMAGE AND RECEIPT'], ...shown])) screen.out(line);
    const more = rows.length > limit ? ` (more exist: --limit ${limit * 5})` : '';
    screen.out(`${shown.length > 0 ? '\n' : ''}${count(shown.length)} receipts in ${Math.round(took)} ms${more}`);
    return 0;
  });
}
