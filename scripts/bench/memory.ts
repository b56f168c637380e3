import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * Whether a worker's memory grows with its table. Each load in a process of its own, whose peak resident set is compared: pages are made up
 * as they are read, writes are said to have landed; reading on, judging, journal (into a folder) and settling are the real ones.
 */

interface Load {
  name: string;
  items: number;
  bytes: number;
}

const LOADS: readonly [Load, Load][] = [
  [
    { name: '50,000 items of 600 bytes', items: 50_000, bytes: 600 },
    { name: '1,000,000 items of 600 bytes', items: 1_000_000, bytes: 600 },
  ],
  [
    { name: '1,000 items of 390 KB', items: 1_000, bytes: 390_000 },
    { name: '5,000 items of 390 KB', items: 5_000, bytes: 390_000 },
  ],
];

const MOST = 1.2;

const CHILD = fileURLToPath(new URL('./memory-load.ts', import.meta.url));

/** Megabytes. */
async function peak({ items, bytes }: Load): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', CHILD, String(items), String(bytes)]);
  return Number(stdout) / 1024;
}

/** Prints the peaks, and whether they stay. */
export async function memory(): Promise<boolean> {
  let holds = true;
  console.log('peak resident set                    MB   beside the smaller load, at most 1.2');
  for (const [small, large] of LOADS) {
    const [before, after] = [await peak(small), await peak(large)];
    const ratio = after / before;
    holds &&= ratio <= MOST;
    console.log(`${small.name.padEnd(32)}${before.toFixed(0).padStart(7)}`);
    console.log(
      `${large.name.padEnd(32)}${after.toFixed(0).padStart(7)}   ${ratio.toFixed(2)} ${ratio <= MOST ? 'holds' : 'DOES NOT HOLD'}`,
    );
  }
  return holds;
}
