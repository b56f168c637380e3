import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import * as z from 'zod/mini';
import { explain, matches, REQUEST_FIELDS, type Request, readValues } from '../../backfills/wardrobe-normalize/compatibility.ts';
import { filterFor, requestKey } from '../../backfills/wardrobe-normalize/feature-flags.ts';
import {
  type FilterPassRate,
  filterPassRate,
  type NamedRequest,
  USUAL_REQUESTS,
} from '../../backfills/wardrobe-normalize/filter-pass-rate.ts';
import { BackfillError } from '../../core/errors.ts';
import type { Ports } from '../../core/ports.ts';
import { requireTable } from '../../core/preflight.ts';
import type { Native } from '../../core/result.ts';
import type { CommandSpec } from '../command.ts';
import { type CommonOptions, type Screen, withEnvironment } from '../context.ts';
import { clip, count, plural, table } from '../screen/text.ts';
import { jsonOption } from './run.ts';

interface Flags extends CommonOptions, Request {
  user?: string;
  limit: string;
  passRate?: boolean;
  requests?: string;
}

/** Hangs `query wardrobe-normalize` into the command `query`. */
export const wardrobeQuery = (query: Command, screen: Screen, done: Parameters<CommandSpec>[2]): void => {
  query
    .command('wardrobe-normalize')
    .description('wardrobe items that suit a request, by the feature flags; or how many would, with and without them')
    .option('--style <value>', 'in any spelling')
    .option('--occasion <value>', 'in any spelling')
    .option('--mood <value>', 'in any spelling')
    .option('--user <key>', 'who asks: decides which feature flags are on (default: the request itself)')
    .option('--limit <n>', 'at most so many items', '20')
    .option('--pass-rate', 'the filter pass rate of a list of requests, traditional and semantic side by side')
    .option('--requests <file>', 'with --pass-rate: JSON, a list of { name, style, occasion, mood } (default: a list of usual ones)')
    .addOption(jsonOption())
    .action((_: unknown, command) => {
      const flags: Flags = command.optsWithGlobals();
      return done(flags.passRate ? passRate(flags, screen) : items(flags, screen));
    });
};

const invalid = (message: string, remedy: string): BackfillError => new BackfillError('query.invalid', message, { remedy });

async function opened(ports: (backfill: string) => Ports): Promise<AsyncIterable<Native>> {
  const here = ports('wardrobe-normalize');
  await requireTable(here);
  return here.reader({ mode: 'full' }).scan();
}

const askedOf = (request: Request): Request =>
  Object.fromEntries(REQUEST_FIELDS.flatMap((field) => (request[field]?.trim() ? [[field, request[field]]] : [])));

const wordsOf = (request: Request): string =>
  REQUEST_FIELDS.flatMap((field) => (request[field] ? [`${field} ${request[field]}`] : [])).join(', ') || 'anything';

const described = (item: Native): Record<string, unknown> => ({
  id: item.id,
  name: item.name ?? null,
  ...Object.fromEntries(REQUEST_FIELDS.map((field) => [field, readValues(item, field)])),
});

async function items(flags: Flags, screen: Screen): Promise<number> {
  const request = askedOf(flags);
  if (flags.requests !== undefined) throw invalid('--requests goes with --pass-rate only.', 'Add --pass-rate.');
  if (Object.keys(request).length === 0)
    throw invalid('The query needs a --style, an --occasion or a --mood, or --pass-rate.', 'Give at least one, such as --style classic.');
  const limit = Number(flags.limit);
  if (!Number.isInteger(limit) || limit < 1)
    throw new BackfillError('option.invalid', `--limit cannot be ${flags.limit}: it must be a whole number from 1.`);
  return withEnvironment(flags, async ({ ports, flags: store }) => {
    const { mode, debug } = filterFor(await store.read(), flags.user ?? requestKey(request));
    const found: Native[] = [];
    let scanned = 0;
    for await (const item of await opened(ports)) {
      scanned += 1;
      if (matches(request, item, mode)) found.push(item);
      if (found.length === limit) break;
    }
    const why = (item: Native): string =>
      Object.entries(explain(request, item, mode))
        .filter(([, agreement]) => agreement !== 'not-asked')
        .map(([field, agreement]) => `${field} ${agreement}`)
        .join(', ');
    if (flags.json) {
      const rows = found.map((item) => ({ ...described(item), ...(debug && { why: explain(request, item, mode) }) }));
      screen.out(JSON.stringify({ request, mode, scanned, items: rows }, null, 2));
      return 0;
    }
    const rows = found.map((item) => [
      clip(String(item.id), 26),
      clip(String(item.name ?? '–'), 22),
      ...REQUEST_FIELDS.map((field) => clip(readValues(item, field).join(', ') || '–', 36)),
      ...(debug ? [why(item)] : []),
    ]);
    const heading = ['ITEM', 'NAME', ...REQUEST_FIELDS.map((field) => field.toUpperCase()), ...(debug ? ['WHY'] : [])];
    if (rows.length > 0) for (const line of table([heading, ...rows])) screen.out(line);
    const more = found.length === limit ? '; there may be more: --limit' : '';
    screen.out(
      `${rows.length > 0 ? '\n' : ''}${plural(rows.length, 'item')} for ${wordsOf(request)}, by ${mode} matching, among ${count(scanned)} scanned${more}`,
    );
    return 0;
  });
}

const RequestFile = z.array(
  z.strictObject({
    name: z.optional(z.string()),
    style: z.optional(z.string()),
    occasion: z.optional(z.string()),
    mood: z.optional(z.string()),
  }),
);

/** @throws {BackfillError} `query.invalid` */
function requestsOf(file: string): NamedRequest[] {
  const refused = (why: string): BackfillError =>
    invalid(
      `${file} holds no list of requests: ${why}.`,
      'Give JSON such as [{ "name": "Beach", "occasion": "beach" }]; style, occasion and mood may each be left out.',
    );
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw refused((error as Error).message);
  }
  const { data, error } = z.safeParse(RequestFile, document);
  if (error) throw refused(error.issues.map(({ path, message }) => [...path.map(String), message].join(' ')).join('; '));
  return data.map(({ name, ...fields }) => {
    const request = askedOf(fields as Request);
    return { name: name ?? wordsOf(request), ...request };
  });
}

async function passRate(flags: Flags, screen: Screen): Promise<number> {
  if (Object.keys(askedOf(flags)).length > 0)
    throw invalid('--pass-rate asks a list of requests.', 'Leave --style, --occasion and --mood out, or name a list with --requests FILE.');
  const requests = flags.requests === undefined ? USUAL_REQUESTS : requestsOf(flags.requests);
  return withEnvironment(flags, async ({ ports }) => {
    const rates = await filterPassRate(requests, await opened(ports));
    if (flags.json) screen.out(JSON.stringify(rates, null, 2));
    else for (const line of passRateLines(rates)) screen.out(line);
    return 0;
  });
}

function passRateLines({ items: seen, normalized, requests }: FilterPassRate): string[] {
  if (seen === 0) return ['Nothing to report: the table has no items.'];
  const cell = ({ passed, percent }: { passed: number; percent: number }): string =>
    `${count(passed).padStart(9)} ${percent.toFixed(1).padStart(6)} %`;
  const rows = requests.map(({ request, traditional, semantic }) => [
    request.name,
    wordsOf(request),
    cell(traditional),
    cell(semantic),
    `${(semantic.percent - traditional.percent).toFixed(1).padStart(5)} points`,
  ]);
  const heading = ['REQUEST', 'ASKS FOR', 'TRADITIONAL'.padStart(18), 'SEMANTIC'.padStart(18), ' GAIN'];
  const raw = seen - normalized;
  const note = raw === 0 ? 'all of them normalised' : `${count(raw)} of them not normalised by this version, and read as they are`;
  return [`filter pass rate: ${plural(seen, 'item')}, ${note}`, '', ...table([heading, ...rows])];
}
