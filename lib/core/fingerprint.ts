import { hash } from 'node:crypto';
import { canonicalItemWithout, type Item } from './attribute-value.ts';

/**
 * A sum over items that does not depend on their order: 128 bits of each item's SHA-256, added.
 * Two sets of items with the same fingerprint are the same, byte for byte.
 */
const MODULUS = 1n << 128n;

export const NO_FINGERPRINT = '0';

/** The 32 hexadecimal digits that count, of one item. */
const ofItem = (item: Item, except: readonly string[]): string => hash('sha256', canonicalItemWithout(item, except)).slice(0, 32);

/** Over all attributes but `except`: those that the run itself may write. */
export const fingerprint = (items: readonly Item[], except: readonly string[] = []): string =>
  (items.reduce((sum, item) => sum + BigInt(`0x${ofItem(item, except)}`), 0n) % MODULUS).toString(16);

export const addFingerprints = (a: string, b: string): string => ((BigInt(`0x${a}`) + BigInt(`0x${b}`)) % MODULUS).toString(16);
