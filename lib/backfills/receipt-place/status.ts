import { type MatchedField, matchedFields } from './matched-fields.ts';
import type { ReceiptMetadata, ValidationStatus } from './schema.ts';

/** How sure each status is: a fixed table, so that GSI3's sort keys can be computed from a status. */
export const CONFIDENCE: Readonly<Record<ValidationStatus, number>> = { MATCHED: 0.95, UNSURE: 0.6, NO_MATCH: 0.2 };

type Evidence = Pick<ReceiptMetadata, 'merchant_name' | 'phone_number' | 'address' | 'matched_fields' | 'validation_status'>;

function hasNumberAndWord(address: string): boolean {
  const tokens = address.split(/[^\p{L}\p{M}\p{N}]+/u);
  return tokens.some((token) => /\d/.test(token)) && tokens.some((token) => /^[\p{L}\p{M}]{2,}$/u.test(token));
}

/** When a matched field is worth something. A matched place id says nothing about the receipt. */
const GOOD: Readonly<Record<MatchedField, (item: Evidence) => boolean>> = {
  name: (item) => item.merchant_name.trim().length > 2,
  phone: (item) => (item.phone_number ?? '').replace(/\D/g, '').length >= 7,
  address: (item) => hasNumberAndWord(item.address ?? ''),
  place_id: () => false,
};

function deriveStatus(item: Evidence): ValidationStatus {
  const good = matchedFields(item.matched_fields).kept.filter((field) => GOOD[field](item)).length;
  if (good >= 2) return 'MATCHED';
  return good === 1 ? 'UNSURE' : 'NO_MATCH';
}

/** The metadata's status, carried over and never promoted; where it has none, what its matched fields are worth. */
export const statusOf = (item: Evidence): ValidationStatus => item.validation_status || deriveStatus(item);
