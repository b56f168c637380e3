import { createHash } from 'node:crypto';
import { canonicalItem, type Item } from './attribute-value.ts';

/**
 * A sum over items that does not depend on their order: 128 bits of each item's SHA-256, added.
 * Two sets of items with the same fingerprint are the same, byte for byte.
 */
const MODULUS = 1n << 128n;

export const NO_FINGERPRINT = '0';

const ofItem = (item: Item): bigint => BigInt(`0x${createHash('sha256').update(canonicalItem(item)).digest('hex').slice(0, 32)}`);

export const fingerprint = (items: readonly Item[]): string => (items.reduce((sum, item) => sum + ofItem(item), 0n) % MODULUS).toString(16);

export const addFingerprints = (a: string, b: string): string => ((BigInt(`0x${a}`) + BigInt(`0x${b}`)) % MODULUS).toString(16);
