import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Log } from '../core/ports.ts';

/** Beyond so many bytes a log is put aside, as `.1`, and begun anew. */
const MAX_BYTES = 10 * 1024 * 1024;

/** Writes a JSON line for each message, at once: the process may be killed. A log that cannot be written stops nothing. */
export function fileLog(file: string, now: () => number, maxBytes = MAX_BYTES): Log {
  const write = (level: 'info' | 'warn', message: string, details: Record<string, unknown> = {}): void => {
    try {
      mkdirSync(dirname(file), { recursive: true });
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > maxBytes) renameSync(file, `${file}.1`);
      appendFileSync(file, `${JSON.stringify({ at: new Date(now()).toISOString(), level, message, ...details })}\n`);
    } catch {
      // What a run does is in the ledger; this is for whoever follows it with `tail`.
    }
  };
  return { info: (message, details) => write('info', message, details), warn: (message, details) => write('warn', message, details) };
}
