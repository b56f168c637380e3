import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Runtime } from '../../lambdas/runtime.ts';
import { localRuntime, localSettings } from '../../lib/local/environment.ts';
import { benchPorts, type Carried, end, rollback, run } from './engine.ts';
import { floor } from './floor.ts';
import { type Cost, measured, measuredOn, together } from './measure.ts';
import { peer } from './peer.ts';
import { script } from './script.ts';
import type { Contender, Costs, Row } from './table.ts';

/** So many items tell how slow the script is. */
const SCRIPT_ITEMS = 2_000;

export interface Rounds {
  /** Items of the table. */
  items: number;
  /** Those that count. */
  rounds: number;
  /** So many more come first: they find nothing compiled, or not as well as it is later. */
  uncounted: number;
  /** What the contest is called while it lasts. */
  name: string;
  /** In turn; a rollback comes after its run. */
  contenders: readonly Contender[];
}

/** Works with what a process has of an endpoint. */
export async function connected<T>(url: string, work: (runtime: Runtime, client: DynamoDBClient) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'backfill-bench-'));
  const runtime = await localRuntime({ ...localSettings({ ...process.env, AWS_ENDPOINT_URL_DYNAMODB: url }), folder });
  try {
    return await work(runtime, runtime.dynamo);
  } finally {
    runtime.dynamo.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A client as the SDK makes it, for those who write by themselves: how ours is made is a part of the engine. */
function plainClient({ config: { endpoint, region, credentials } }: DynamoDBClient): DynamoDBClient {
  return new DynamoDBClient({ region, credentials, ...(endpoint && { endpoint }) });
}

/** Contenders in turn, round by round, over the same items of a table that is there. */
export const contest = (url: string, { items, rounds, uncounted, name, contenders }: Rounds): Promise<Costs> =>
  connected(url, async (runtime, client) => {
    const costs: Record<Row, Cost[]> = { floor: [], ours: [], 'whole run': [], rollback: [], peer: [], script: [] };
    const ports = benchPorts(runtime);
    const plain = plainClient(client);
    /** What carrying it out took, and what it took with its end. */
    const carried = async (work: typeof run): Promise<{ bare: Cost; whole: Cost }> => {
      const done: Carried[] = [];
      const bare = await measured(async () => {
        const one = await work(ports);
        done.push(one);
        return one.items;
      });
      if (bare.items !== items) throw new Error(`${bare.items} of ${items} items were changed.`);
      const ended = await measuredOn(async () => {
        for (const one of done) await end(one, ports);
        return items;
      });
      return { bare, whole: together(bare, ended) };
    };
    const works: Record<Contender, (label: string) => Promise<Partial<Record<Row, Cost>>>> = {
      floor: async (label) => ({ floor: await measured(() => floor(client, label)) }),
      ours: async () => {
        const { bare, whole } = await carried(run);
        return { ours: bare, 'whole run': whole };
      },
      rollback: async () => ({ rollback: (await carried(rollback)).whole }),
      peer: async (label) => ({ peer: await measured(() => peer(plain, label)) }),
      script: async (label) => ({ script: await measured(() => script(plain, label, Math.min(items, SCRIPT_ITEMS))) }),
    };
    for (let round = 1 - uncounted; round <= rounds; round += 1) {
      const label = `${name}, ${round > 0 ? `round ${round} of ${rounds}` : `uncounted round ${round + uncounted} of ${uncounted}`}`;
      for (const who of contenders) {
        const took = await works[who](label);
        if (round <= 0) continue;
        for (const [row, cost] of Object.entries(took)) costs[row as Row].push(cost);
      }
      console.error(`${label} is over`);
    }
    plain.destroy();
    return costs;
  });
