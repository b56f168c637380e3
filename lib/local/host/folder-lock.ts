import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { birthOf, isAlive } from '../processes.ts';

/** One host a folder: a lock file that names its process, and that a dead process's successor may take. Returns how to let go, or undefined when it is held. */
export function takeFolder(folder: string): (() => void) | undefined {
  const lock = join(folder, 'host.lock');
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, birth: birthOf(process.pid) }));
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        linkSync(mine, lock);
        return () => rmSync(lock, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        if (holderLives(lock)) return undefined;
        // Moved aside, not removed: of two successors, one finds it gone.
        const stale = `${mine}.stale`;
        try {
          renameSync(lock, stale);
          rmSync(stale, { force: true });
        } catch {
          // The other one was quicker; look again.
        }
      }
    }
    return undefined;
  } finally {
    rmSync(mine, { force: true });
  }
}

function holderLives(lock: string): boolean {
  try {
    return isAlive(JSON.parse(readFileSync(lock, 'utf8')));
  } catch {
    return false;
  }
}
