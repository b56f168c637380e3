import { BackfillError } from '../../core/errors.ts';
import { type JournalRef, type JournalStore, journalName } from '../../core/journal.ts';
import type { ArtifactStore } from '../../core/ports.ts';

/** So many objects of a segment are kept: those that a worker who takes it over could ask for, and a few more. */
const KEPT = 8;

/** The newest journal objects of each segment: those that are settled are never asked for in a simulation, which undoes nothing. */
export class RecentJournal implements JournalStore {
  readonly #segments = new Map<number, { ref: JournalRef; text: string }[]>();

  async put(ref: JournalRef, text: string): Promise<void> {
    const objects = this.#of(ref.segment);
    const standing = objects.find((one) => journalName(one.ref) === journalName(ref));
    if (standing && standing.text !== text) throw new BackfillError('journal.conflict', journalName(ref));
    if (!standing) objects.push({ ref, text });
    if (objects.length > KEPT) objects.shift();
  }

  async get(ref: JournalRef): Promise<string> {
    const object = this.#of(ref.segment).find((one) => journalName(one.ref) === journalName(ref));
    if (!object) throw new BackfillError('journal.corrupt', `The journal object ${journalName(ref)} is missing.`);
    return object.text;
  }

  async listAfter(_: string, segment: number, seq: number): Promise<JournalRef[]> {
    const later = this.#of(segment).flatMap(({ ref }) => (ref.seq > seq ? [ref] : []));
    return later.sort((a, b) => a.seq - b.seq || a.attempt - b.attempt);
  }

  #of(segment: number): { ref: JournalRef; text: string }[] {
    const objects = this.#segments.get(segment) ?? [];
    this.#segments.set(segment, objects);
    return objects;
  }
}

/** Lists of failures and notes, of which there are hardly any. */
export class MemoryArtifacts implements ArtifactStore {
  readonly #files = new Map<string, string>();

  async put(name: string, body: string): Promise<string> {
    this.#files.set(name, body);
    return name;
  }

  async get(name: string): Promise<string | undefined> {
    return this.#files.get(name);
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.#files.keys()].filter((name) => name.startsWith(prefix)).sort();
  }
}
