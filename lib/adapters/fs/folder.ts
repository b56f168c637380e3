import { randomUUID } from 'node:crypto';
import { link, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { BackfillError } from '../../core/errors.ts';
import type { ObjectStore } from '../objects.ts';
import { makeDurably, syncFolder, unwritable } from './durable.ts';

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Objects as files below `root`. A file appears whole under its name or not at all: written aside, synced, then linked or renamed. */
export function folder(root: string): ObjectStore {
  const made = new Set<string>();

  const writeAside = async (name: string, body: Uint8Array): Promise<{ aside: string; path: string }> => {
    const path = join(root, name);
    const parent = dirname(path);
    if (!made.has(parent)) await makeDurably(parent);
    made.add(parent);
    const aside = join(parent, `.${randomUUID()}.part`);
    const file = await open(aside, 'wx');
    try {
      await file.writeFile(body);
      await file.sync();
    } finally {
      await file.close();
    }
    return { aside, path };
  };

  return {
    async putNew(name, body) {
      try {
        const { aside, path } = await writeAside(name, body);
        try {
          await link(aside, path);
          await syncFolder(dirname(path));
          return true;
        } catch (error) {
          if (codeOf(error) === 'EEXIST') return false;
          throw error;
        } finally {
          await unlink(aside);
        }
      } catch (error) {
        throw unwritable(root, error);
      }
    },

    async put(name, body) {
      try {
        const { aside, path } = await writeAside(name, body);
        await rename(aside, path);
        return path;
      } catch (error) {
        throw unwritable(root, error);
      }
    },

    async get(name) {
      try {
        return await readFile(join(root, name));
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw new BackfillError('artifacts.unreadable', `${name} in ${root} cannot be read: ${(error as Error).message}.`, {
          cause: error,
        });
      }
    },

    async list(prefix) {
      const base = join(root, prefix.slice(0, prefix.lastIndexOf('/') + 1));
      const entries = await readdir(base, { recursive: true, withFileTypes: true }).catch((error) => {
        if (codeOf(error) === 'ENOENT') return [];
        throw new BackfillError('artifacts.unreadable', `${prefix} in ${root} cannot be listed: ${(error as Error).message}.`, {
          cause: error,
        });
      });
      const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.part'));
      const names = files.map((entry) => join(entry.parentPath, entry.name).slice(join(root, sep).length).split(sep).join('/'));
      return names.filter((name) => name.startsWith(prefix)).sort();
    },
  };
}
