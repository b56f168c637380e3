import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BackfillError } from '../../core/errors.ts';

/** What makes a file, and its name, survive a power cut. */

export const unwritable = (root: string, cause: unknown): BackfillError =>
  new BackfillError('artifacts.unwritable', `The artifacts folder ${root} cannot be written: ${(cause as Error).message}.`, {
    cause,
    details: { root },
  });

/** A new name survives a power cut once its folder is synced. */
export async function syncFolder(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Every folder that was made is synced into the one above it. */
export async function makeDurably(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true });
  if (first === undefined) return;
  for (let made = directory; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}
