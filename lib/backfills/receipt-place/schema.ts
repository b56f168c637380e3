import * as z from 'zod/mini';

/** The table of statuses, best first. */
export const STATUSES = ['MATCHED', 'UNSURE', 'NO_MATCH'] as const;

export type ValidationStatus = (typeof STATUSES)[number];

const text = z.string();
const optionalText = z.optional(z.nullable(text));
const optionalNumber = z.optional(z.nullable(z.number()));

/**
 * A ReceiptMetadata row, as far as a place row depends on it, in native values.
 *
 * Receipt ids stop at 15 digits, so that a JavaScript number holds them exactly.
 */
export const ReceiptMetadata = z.object({
  PK: text.check(z.regex(/^IMAGE#[^#\s]+$/)),
  SK: text.check(z.regex(/^RECEIPT#\d{5,15}#METADATA$/)),
  place_id: z.nullable(text),
  merchant_name: text,
  timestamp: text,
  validation_status: z.optional(z.nullable(z.enum([...STATUSES, '']))),
  merchant_category: optionalText,
  address: optionalText,
  phone_number: optionalText,
  validated_by: optionalText,
  reasoning: optionalText,
  canonical_merchant_name: optionalText,
  canonical_address: optionalText,
  canonical_phone_number: optionalText,
  matched_fields: z.optional(z.set(text)),
  latitude: optionalNumber,
  longitude: optionalNumber,
});

export type ReceiptMetadata = z.infer<typeof ReceiptMetadata>;

/** Everything but the key: what the place row is derived from. */
export const READS = [
  'place_id',
  'merchant_name',
  'timestamp',
  'validation_status',
  'merchant_category',
  'address',
  'phone_number',
  'validated_by',
  'reasoning',
  'canonical_merchant_name',
  'canonical_address',
  'canonical_phone_number',
  'matched_fields',
  'latitude',
  'longitude',
] as const satisfies readonly (keyof ReceiptMetadata)[];

export { FIELD_MASK, PLACES_API_VERSION, PlaceDetails } from './place-details.ts';
