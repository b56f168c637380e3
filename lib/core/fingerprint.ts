import { createHash } from 'node:crypto';
import { canonicalItem, type Item } from './attribute-value.ts';

/**
 * A sum over items that does not depend on their order: 128 bits of each item's SHA-256, added.
 * Two sets of items with the same fingerprint are the same, byte for byte.
 */
const MODULUS = 1n << 128n;

export const NO_FINGERPRINT = '0';

const ofItem = (item: Item): bigint => BigInt(`0x${createHash('sha256').update(canonicalItem(item)).digest('hex').slice(0, 32)}`);

const without = (item: Item, names: readonly string[]): Item =>
  names.length === 0 ? item : Object.fromEntries(Object.entries(item).filter(([name]) => !names.includes(name)));

/** Over all attributes but `except`: those that the run itself may write. */
export const fingerprint = (items: readonly Item[], except: readonly string[] = []): string =>
  (items.reduce((sum, item) => sum + ofItem(without(item, except)), 0n) % MODULUS).toString(16);

export const addFingerprints = (a: string, b: string): string => ((BigInt(`0x${a}`) + BigInt(`0x${b}`)) % MODULUS).toString(16);
