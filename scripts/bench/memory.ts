import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { count } from '../../lib/core/words.ts';
import { beside } from './beside.ts';

/**
 * Whether a worker's memory grows with its table. Each load in a process of its own, whose peak resident set is compared; as one file of plain JavaScript,
 * as handlers are deployed: a loader of TypeScript would take as much again. The table is made up by another process as it is read, and takes whatever
 * is written: all that a worker does is real, its client, its ledger and its journal too.
 */

interface Load {
  items: number;
  bytes: number;
}

/** Items of so many bytes: a small table, a large one, and for the short form one that is large enough to see what every page leaves behind. */
const LOADS = [
  { bytes: 600, small: 50_000, large: 1_000_000, short: 150_000 },
  { bytes: 390_000, small: 1_000, large: 5_000, short: 2_000 },
];

const MOST = 1.2;

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Works with the worker's program. */
async function compiled<T>(work: (program: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'backfill-bench-'));
  const outfile = join(folder, 'memory-load.mjs');
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  try {
    // The embedded endpoint is not begun here.
    const external = ['dynalite'];
    await build({
      entryPoints: [fileOf('./memory-load.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external,
      banner,
      logLevel: 'warning',
    });
    return await work(outfile);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Megabytes. */
const peak = (program: string, { items, bytes }: Load): Promise<number> =>
  beside(['--import', 'tsx', fileOf('./made-up-table.ts'), String(items), String(bytes)], async (url) => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, url, String(items)]);
    return Number(stdout) / 1024;
  });

/** Prints the peaks, and whether they stay. */
export const memory = (isShort: boolean): Promise<boolean> => compiled((program) => compare(program, isShort));

async function compare(program: string, isShort: boolean): Promise<boolean> {
  let holds = true;
  console.log(`peak resident set                    MB   beside the smaller load, at most ${MOST}`);
  for (const { bytes, small, large, short } of LOADS) {
    const most = isShort ? short : large;
    const before = await peak(program, { items: small, bytes });
    const after = await peak(program, { items: most, bytes });
    const ratio = after / before;
    holds &&= ratio <= MOST;
    console.log(line(small, bytes, before));
    console.log(`${line(most, bytes, after)}   ${ratio.toFixed(2)} ${ratio <= MOST ? 'holds' : 'DOES NOT HOLD'}`);
  }
  return holds;
}

const line = (items: number, bytes: number, megabytes: number): string =>
  `${count(items)} items of ${bytes < 1_000 ? `${bytes} bytes` : `${bytes / 1_000} KB`}`.padEnd(32) + megabytes.toFixed(0).padStart(7);
