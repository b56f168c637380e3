/** `memory-load.ts URL ITEMS`: carries a run over the bench table of an endpoint, which has so many items, and prints its peak resident set in KB. */
import type { Abilities } from '../../lib/adapters/dynamodb/abilities.ts';
import { targetWriter } from '../../lib/adapters/dynamodb/writer.ts';
import { createOwnTables } from '../../lib/local/seed.ts';
import { connected } from './contest.ts';
import { benchPorts, run } from './engine.ts';
import { fillTable, TABLE } from './workload.ts';

const [url = '', items] = process.argv.slice(2);

/** The endpoint takes whatever is said. */
const able: Abilities = { comparison: async () => 'whole', statements: async () => new Map(), deletions: async () => new Map() };

await connected(url, async (runtime, client) => {
  await createOwnTables(client);
  await fillTable(client, 0);
  const ports = benchPorts(runtime);
  const carried = await run({ ...ports, writer: targetWriter(client, TABLE, able, ports.log) });
  if (carried.items !== Number(items)) throw new Error(`${carried.items} of ${items} items were updated.`);
});
console.log(process.resourceUsage().maxRSS);
