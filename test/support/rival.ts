import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Item, itemFromJson } from '../../lib/core/attribute-value.ts';

/** What the rival process is told. */
export interface RivalTask {
  endpoint: string;
  table: string;
  /** Keys it writes to, as DynamoDB's JSON; those that do not exist are written to as well. */
  keys: unknown[];
  /** What stands there when it begins, in the keys' order; `null`: nothing. */
  items: unknown[];
  /** Attributes that it sets to texts of its own. */
  attributes: string[];
  seed: number;
}

/** What it reports: how often it wrote; and of each key that it wrote to how it stood after its last write, and how it would stand had nobody else written. `null`: deleted. */
export interface RivalReport {
  writes: number;
  last: [key: unknown, item: unknown, alone: unknown][];
}

export interface Rival {
  /** Ends it. `item`: as it stood after its last write of that key; `alone`: as it would, had nobody else written; `null`: it deleted it. */
  stop(): Promise<{ writes: number; last: { key: Item; item: Item | null; alone: Item | null }[] }>;
}

const fromJson = (item: unknown): Item | null => (item === null ? null : itemFromJson(item as never));

/** Starts a second process that writes, changes and deletes items of a table until it is stopped. */
export async function startRival(task: RivalTask): Promise<Rival> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const script = fileURLToPath(new URL('./rival-process.ts', import.meta.url));
  const child: ChildProcess = fork(script, [], { execArgv: ['--import', tsx], env: { ...process.env, NODE_OPTIONS: '' } });
  const answer = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      child.once('message', (message) => resolve(message as T));
      child.once('exit', (code) => reject(new Error(`the rival ended with ${code}`)));
    });
  const ready = answer();
  child.send(task);
  await ready;
  return {
    async stop() {
      const report = answer<RivalReport>();
      child.send('stop');
      const { writes, last } = await report;
      child.disconnect();
      return {
        writes,
        last: last.map(([key, item, alone]) => ({ key: itemFromJson(key as never), item: fromJson(item), alone: fromJson(alone) })),
      };
    },
  };
}
