import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../lib/adapters/clock.ts';
import { dynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger.ts';
import type { Item } from '../../lib/core/attribute-value.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { LEDGER_TABLE } from '../../lib/local/environment.ts';

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

export interface Started {
  child: ChildProcess;
  finished: Promise<Finished>;
}

/** What a command takes, in milliseconds. Where it was seen to take less, since the machine is less busy by now, that. */
export interface Lasting {
  ms: number;
}

/** The part of a command's time in which nothing is in the ledger yet, and the part by which it may be over when the machine is less busy. */
const STARTING = 0.15;
const ENDING = 0.8;

/** The command line as a person uses it: processes of its own, in a folder of its own. */
export class CommandLine {
  readonly folder = mkdtempSync(join(tmpdir(), 'backfill-cli-'));
  readonly #env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv = {}) {
    this.#env = { ...process.env, BACKFILL_FOLDER: this.folder, BACKFILL_IDLE_SECONDS: '120', NO_COLOR: '1', ...env };
  }

  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
    const child = spawn(process.execPath, [resolve('bin/backfill.mjs'), ...args], {
      env: { ...this.#env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout?.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      err += chunk;
    });
    const finished = new Promise<Finished>((done) => {
      child.on('close', (code, signal) => done({ code, signal, out, err }));
    });
    return { child, finished };
  }

  run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
    return this.start(args, env).finished;
  }

  /** Carries a command out undisturbed: how long there is to kill the next one. */
  async lasting(args: readonly string[]): Promise<Lasting> {
    const started = performance.now();
    const { code, out, err } = await this.run(args);
    if (code !== 0) throw new Error(`${args.join(' ')}: exit ${code}\n${err}\n${out}`);
    return { ms: performance.now() - started };
  }

  /** Kills a command at a random moment of the time that it is known to take, its start and its end apart; true when it was still under way. */
  async killed(args: readonly string[], lasting: Lasting): Promise<boolean> {
    const started = performance.now();
    const { child, finished } = this.start(args);
    await Promise.race([sleep(lasting.ms * (STARTING + (ENDING - STARTING) * Math.random())), finished]);
    const underWay = child.exitCode === null;
    if (underWay) child.kill('SIGKILL');
    await finished;
    if (!underWay) lasting.ms = Math.min(lasting.ms, performance.now() - started);
    return underWay;
  }

  async runs(): Promise<RunRecord[]> {
    return JSON.parse((await this.run(['runs', '--last', '1000', '--json'])).out);
  }

  /** The newest run of a backfill, straight from the ledger of a database that is up. */
  lastRun(backfill: string): Promise<RunRecord | undefined> {
    return this.#fromLedger(async (ledger) => (await ledger.listRuns(backfill, 1))[0]);
  }

  async #fromLedger<T>(read: (ledger: DynamoLedger) => Promise<T>): Promise<T> {
    const client = this.#client();
    try {
      return await read(new DynamoLedger(client, LEDGER_TABLE, { clock: systemClock, random: Math.random }));
    } finally {
      client.destroy();
    }
  }

  /** With the data of another one, whose processes have ended. */
  with(template: CommandLine): this {
    cpSync(template.folder, this.folder, { recursive: true });
    return this;
  }

  /** Until workers of the backfill's last run have checked pages in. */
  async untilWorking(backfill: string): Promise<void> {
    await this.#fromLedger(async (ledger) => {
      const isWorking = async (): Promise<boolean> => {
        const [run] = await ledger.listRuns(backfill, 1);
        const segments = run ? await ledger.segments(run.runId, run.options.segments) : [];
        return segments.some(({ counters }) => counters.pages > 0);
      };
      while (!(await isWorking().catch(() => false))) await sleep(20);
    });
  }

  #client() {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    return dynamoClient({ endpoint: this.endpoint().url, region: 'us-east-1', credentials });
  }

  #isUp(): boolean {
    try {
      return process.kill(this.endpoint().pid, 0);
    } catch {
      return false;
    }
  }

  endpoint(file = 'endpoint.json'): { url: string; pid: number } {
    return JSON.parse(readFileSync(join(this.folder, file), 'utf8'));
  }

  async scanAll(table = 'receipts'): Promise<Item[]> {
    if (!this.#isUp()) await this.run(['local', 'start']);
    const client = this.#client();
    const items: Item[] = [];
    let from: Record<string, never> | undefined;
    do {
      const page = await client.send(new ScanCommand({ TableName: table, ConsistentRead: true, ...(from && { ExclusiveStartKey: from }) }));
      items.push(...((page.Items ?? []) as Item[]));
      from = page.LastEvaluatedKey as Record<string, never> | undefined;
    } while (from);
    client.destroy();
    return items;
  }

  async close(): Promise<void> {
    await this.run(['local', 'stop']);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
