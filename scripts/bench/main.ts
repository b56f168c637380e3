/**
 * `node scripts/dynamodb-local.mjs npm run bench [-- --items 20000 --rounds 5] [-- --short] [-- --memory]`
 *
 * A new label for every item of a table, by five contenders in turn, each round over the same items: our run (with condition, journal,
 * lease and checkpoints) and its rollback, the floor, the peer, and the script that everybody writes first. Needs an endpoint with PartiQL,
 * in `AWS_ENDPOINT_URL_DYNAMODB`. Exits with 1 when a ratio is beyond its bound.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { localRuntime, localSettings } from '../../lib/local/environment.ts';
import { createOwnTables } from '../../lib/local/seed.ts';
import { benchPorts, type Carried, end, rollback, run } from './engine.ts';
import { floor } from './floor.ts';
import { type Cost, measured } from './measure.ts';
import { memory } from './memory.ts';
import { peer } from './peer.ts';
import { script } from './script.ts';
import { BOUNDS, type Contender, judge, print, SHORT_BOUNDS } from './table.ts';
import { fillTable } from './workload.ts';

const { values } = parseArgs({
  options: {
    items: { type: 'string' },
    rounds: { type: 'string' },
    short: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: false },
  },
});
const items = Number(values.items ?? (values.short ? 10_000 : 20_000));
const rounds = Number(values.rounds ?? (values.short ? 2 : 5));

/** So many rounds the peer and the script take part in. */
const SLOW_ROUNDS = 1;

/** So many items tell how slow the script is. */
const SCRIPT_ITEMS = 2_000;

async function contest(): Promise<boolean> {
  if (!process.env.AWS_ENDPOINT_URL_DYNAMODB)
    throw new Error('There is no AWS_ENDPOINT_URL_DYNAMODB. Start it so: node scripts/dynamodb-local.mjs npm run bench');
  const folder = mkdtempSync(join(tmpdir(), 'backfill-bench-'));
  const runtime = await localRuntime({ ...localSettings(process.env), folder });
  const client = runtime.dynamo;
  const costs: Record<Contender, Cost[]> = { floor: [], ours: [], rollback: [], peer: [], script: [] };
  try {
    await createOwnTables(client);
    await fillTable(client, items);
    const ports = benchPorts(runtime);
    const carried = async (work: typeof run): Promise<Cost> => {
      let done: Carried | undefined;
      const cost = await measured(async () => {
        done = await work(ports);
        return done.items;
      });
      if (done) await end(done, ports);
      if (cost.items !== items) throw new Error(`${cost.items} of ${items} items were changed.`);
      return cost;
    };
    // The first round finds nothing compiled, and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      const label = `round ${round}`;
      const quick = { floor: await measured(() => floor(client, label)), ours: await carried(run), rollback: await carried(rollback) };
      // Far from their bounds, and slow: their figures need no many rounds.
      const slow = round > 0 &&
        round <= SLOW_ROUNDS && {
          peer: await measured(() => peer(client, label)),
          script: await measured(() => script(client, label, Math.min(items, SCRIPT_ITEMS))),
        };
      if (round > 0) for (const [name, cost] of Object.entries({ ...quick, ...slow })) costs[name as Contender].push(cost);
      console.error(`${label} of ${rounds} is over`);
    }
  } finally {
    client.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
  const judged = judge(costs, values.short ? SHORT_BOUNDS : BOUNDS);
  console.log(`${items} items, the best of ${rounds} rounds, Node ${process.version}\n`);
  print(costs, judged);
  return judged.every(({ holds }) => holds);
}

const good = values.memory ? await memory() : await contest();
process.exitCode = good ? 0 : 1;
