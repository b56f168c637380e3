/**
 * `node scripts/dynamodb-local.mjs npm run bench [-- --items 40000 --rounds 9] [-- --short] [-- --memory]`
 *
 * A new label for every item of a table, by five contenders in turn, each round over the same items: our run (with condition, journal,
 * lease and checkpoints) and its rollback, the floor, the peer, and the script that everybody writes first. First as the endpoint is, on
 * the same machine; then floor, run and script once more, through a relay that makes each call take as long as one to DynamoDB does.
 * `--short` has no script, and no relay.
 * Needs an endpoint with PartiQL, in `AWS_ENDPOINT_URL_DYNAMODB`. Exits with 1 when a ratio is beyond its bound.
 */
import { parseArgs } from 'node:util';
import { createOwnTables } from '../../lib/local/seed.ts';
import { connected, contest } from './contest.ts';
import { atDistance } from './distance.ts';
import { memory } from './memory.ts';
import { BOUNDS, type Contender, judge, printCosts, printJudged, SHORT_BOUNDS } from './table.ts';
import { fillTable } from './workload.ts';

const { values } = parseArgs({
  options: {
    items: { type: 'string' },
    rounds: { type: 'string' },
    short: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: false },
  },
});
const items = Number(values.items ?? (values.short ? 10_000 : 40_000));
const rounds = Number(values.rounds ?? (values.short ? 3 : 9));
/** Until worker and endpoint are compiled as they are for most of their life: the endpoint's takes minutes. */
const uncounted = 2;

const ALL: readonly Contender[] = ['floor', 'ours', 'rollback', 'peer', 'script'];
/** Those of whom something is judged at a distance. */
const FAR: readonly Contender[] = ['floor', 'ours', 'script'];
/** And in the short form. */
const SHORT: readonly Contender[] = ['floor', 'ours', 'rollback', 'peer'];

/** Milliseconds: of the single-digit ones in which DynamoDB says that it answers, not many. */
const ROUND_TRIP = 3;

async function contests(url: string | undefined): Promise<boolean> {
  if (!url) throw new Error('There is no AWS_ENDPOINT_URL_DYNAMODB. Start it so: node scripts/dynamodb-local.mjs npm run bench');
  await connected(url, async (_, client) => {
    await createOwnTables(client);
    await fillTable(client, items);
  });
  const near = await contest(url, { items, rounds, uncounted, name: 'as it is', contenders: values.short ? SHORT : ALL });
  const distant = { items, rounds, uncounted: 0, name: `at ${ROUND_TRIP} ms a call`, contenders: FAR };
  const far = values.short ? undefined : await atDistance(url, ROUND_TRIP, (relay) => contest(relay, distant));
  const judged = judge({ near, far }, values.short ? SHORT_BOUNDS : BOUNDS);
  console.log(`${items} items, medians of ${rounds} rounds${far ? ', near and at a distance' : ''}, Node ${process.version}\n`);
  printCosts('as it is', near);
  if (far) printCosts(`at ${ROUND_TRIP} ms a call`, far);
  printJudged(judged);
  return judged.every(({ holds }) => holds);
}

const good = values.memory ? await memory(values.short) : await contests(process.env.AWS_ENDPOINT_URL_DYNAMODB);
process.exitCode = good ? 0 : 1;
