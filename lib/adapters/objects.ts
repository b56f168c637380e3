import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { BackfillError } from '../core/errors.ts';
import { type JournalRef, type JournalStore, journalName, journalPrefix, parseJournalName } from '../core/journal.ts';
import type { ArtifactStore } from '../core/ports.ts';

/** A bucket or a folder: what journal and artifacts need of it. @throws `artifacts.unwritable`, `artifacts.unreadable` */
export interface ObjectStore {
  /** Resolves once the object is durable; false when one of that name stands there already. */
  putNew(name: string, body: Uint8Array): Promise<boolean>;
  /** Overwrites. Returns where a person finds it. */
  put(name: string, body: Uint8Array): Promise<string>;
  get(name: string): Promise<Uint8Array | undefined>;
  /** Names that begin so, sorted. */
  list(prefix: string): Promise<string[]>;
}

/** In threads of their own: the worker computes its next page meanwhile. */
const gzip = promisify<string, zlib.ZlibOptions, Buffer>(zlib.gzip);
const gunzip = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gunzip);

/** Bytes of a journal object that are unpacked at once: each further piece is another way to those threads and back, which costs more than to unpack it. */
const PIECE = 262_144;

/** Journals are written once and seldom read: a higher level costs more time than it saves space. */
const LEVEL = zlib.constants.Z_BEST_SPEED;

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export function artifactStore(objects: ObjectStore): ArtifactStore {
  return {
    put: (name, body) => objects.put(name, new TextEncoder().encode(body)),
    get: async (name) => {
      const body = await objects.get(name);
      return body && text(body);
    },
    list: (prefix) => objects.list(prefix),
  };
}

/** Gzipped journal objects. A refusal to overwrite is our own retry when what stands there reads the same. */
export function journalStore(objects: ObjectStore): JournalStore {
  const read = async (ref: JournalRef): Promise<string> => {
    const name = journalName(ref);
    const body = await objects.get(name);
    if (!body) throw new BackfillError('journal.corrupt', `The journal object ${name} is missing.`, { details: { name } });
    try {
      return text(await gunzip(body, { chunkSize: PIECE }));
    } catch (cause) {
      throw new BackfillError('journal.corrupt', `The journal object ${name} is truncated or altered.`, { cause, details: { name } });
    }
  };

  return {
    async put(ref, content) {
      const name = journalName(ref);
      if (await objects.putNew(name, await gzip(content, { level: LEVEL }))) return;
      if ((await read(ref)) !== content)
        throw new BackfillError('journal.conflict', `Another object stands at ${name}.`, { details: { name } });
    },
    get: read,
    async listAfter(runId, segment, seq) {
      const refs = (await objects.list(journalPrefix(runId, segment))).map(parseJournalName);
      const later = refs.filter((ref): ref is JournalRef => ref !== undefined && ref.seq > seq);
      return later.sort((a, b) => a.seq - b.seq || a.attempt - b.attempt);
    },
  };
}
