import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BackfillError } from '../../core/errors.ts';
import { type FlagStore, parseRollouts, type Rollouts } from '../../core/flags.ts';

/** Feature flags in a JSON file: `{ "FEATURE_X": 5 }`. Without the file every flag is off. */
export function fileFlags(file: string): FlagStore {
  const read = async (): Promise<Rollouts> => {
    try {
      return parseRollouts(await readFile(file, 'utf8'), file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      if (error instanceof BackfillError) throw error;
      throw new BackfillError('flags.unreadable', `${file} cannot be read: ${(error as Error).message}.`, { cause: error });
    }
  };
  return {
    where: file,
    read,
    async set(changes) {
      const rollouts = { ...(await read()), ...changes };
      await mkdir(dirname(file), { recursive: true });
      // A reader finds the old document or the new one, never half of one.
      const draft = `${file}.${process.pid}.tmp`;
      await writeFile(draft, `${JSON.stringify(rollouts, null, 2)}\n`);
      await rename(draft, file);
    },
  };
}
