import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { BackfillError } from './errors.ts';

/** Feature flags that are rolled out by percentage: `{ FEATURE_X: 5 }` is on for 5 % of all keys. A flag that is not named is off. */
export type Rollouts = Readonly<Record<string, number>>;

/** Where feature flags are kept. */
export interface FlagStore {
  /** For a person: a file, or the address that is asked. */
  readonly where: string;
  /** @throws {BackfillError} `flags.unreadable` */
  read(): Promise<Rollouts>;
  /**
   * Sets these and leaves the others; per cent, from 0 to 100. Absent where flags are not changed from here.
   *
   * @throws {BackfillError} `flags.unwritable`
   */
  set?(changes: Rollouts): Promise<void>;
}

/** `true` and `false` are 100 and 0, so that what was switched by hand before still reads. */
const RolloutDocument = z.record(z.string(), z.union([z.boolean(), z.number().check(z.minimum(0), z.maximum(100))]));

/**
 * The document in which flags are kept, from its JSON.
 *
 * @throws {BackfillError} `flags.unreadable`, naming `where`.
 */
export function parseRollouts(text: string, where: string): Rollouts {
  try {
    const document = z.parse(RolloutDocument, JSON.parse(text));
    return Object.fromEntries(Object.entries(document).map(([name, value]) => [name, typeof value === 'number' ? value : value ? 100 : 0]));
  } catch (cause) {
    throw new BackfillError(
      'flags.unreadable',
      `${where} does not hold feature flags: an object of percentages from 0 to 100 is expected.`,
      {
        cause,
      },
    );
  }
}

const BITS = 48;

/** Where a key stands among all, from 0 to just below 100: always the same for one flag, and independent of its place for another. */
export function positionOf(name: string, key: string): number {
  const hash = createHash('sha256')
    .update(`${name}\n${key}`)
    .digest('hex')
    .slice(0, BITS / 4);
  return (Number.parseInt(hash, 16) / 2 ** BITS) * 100;
}

/** Whether a flag is on for a key (a user's, or a request's). Whoever has it at 5 % keeps it at 25 %. */
export const isOn = (rollouts: Rollouts, name: string, key: string): boolean =>
  positionOf(name, key) < (Object.hasOwn(rollouts, name) ? (rollouts[name] ?? 0) : 0);
