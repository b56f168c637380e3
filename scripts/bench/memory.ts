import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { count } from '../../lib/core/words.ts';

/**
 * Whether a worker's memory grows with its table. Each load in a process of its own, whose peak resident set is compared: pages are made up
 * as they are read, writes are said to have landed; reading on, judging, journal (into a folder) and settling are the real ones.
 */

interface Load {
  items: number;
  bytes: number;
}

/** Items of so many bytes: a small table, a large one, and for the short form one that is large enough to see what every page leaves behind. */
const LOADS = [
  { bytes: 600, small: 50_000, large: 1_000_000, short: 250_000 },
  { bytes: 390_000, small: 1_000, large: 5_000, short: 2_500 },
];

const MOST = 1.2;

const CHILD = fileURLToPath(new URL('./memory-load.ts', import.meta.url));

/** Megabytes. */
async function peak({ items, bytes }: Load): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', CHILD, String(items), String(bytes)]);
  return Number(stdout) / 1024;
}

/** Prints the peaks, and whether they stay. */
export async function memory(isShort: boolean): Promise<boolean> {
  let holds = true;
  console.log(`peak resident set                    MB   beside the smaller load, at most ${MOST}`);
  for (const { bytes, small, large, short } of LOADS) {
    const most = isShort ? short : large;
    const before = await peak({ items: small, bytes });
    const after = await peak({ items: most, bytes });
    const ratio = after / before;
    holds &&= ratio <= MOST;
    console.log(line(small, bytes, before));
    console.log(`${line(most, bytes, after)}   ${ratio.toFixed(2)} ${ratio <= MOST ? 'holds' : 'DOES NOT HOLD'}`);
  }
  return holds;
}

const line = (items: number, bytes: number, megabytes: number): string =>
  `${count(items)} items of ${bytes < 1_000 ? `${bytes} bytes` : `${bytes / 1_000} KB`}`.padEnd(32) + megabytes.toFixed(0).padStart(7);
