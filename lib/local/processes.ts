import { execFileSync, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Processes of this machine: told apart by pid and birth, started detached, never left to guesswork. */

/** When a process began, in whatever unit the system tells it; empty when there is no such process. */
export function birthOf(pid: number): string {
  try {
    if (existsSync('/proc/self/stat')) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // A zombie writes nothing any more.
      return fields[0] === 'Z' ? '' : (fields[19] ?? '');
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

export const isAlive = ({ pid, birth }: { pid: number; birth: string }): boolean => birth !== '' && birthOf(pid) === birth;

const LAUNCHER = fileURLToPath(new URL('../../bin/service.mjs', import.meta.url));

/** Starts one of the programs of `bin/compiled.mjs` as a process of its own, which outlives this one. What it prints goes to `logFile`. */
export function startDetached(program: string, args: readonly string[], logFile: string): number {
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [LAUNCHER, program, ...args], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  child.unref();
  if (child.pid === undefined) throw new Error(`${program} could not be started`);
  return child.pid;
}
