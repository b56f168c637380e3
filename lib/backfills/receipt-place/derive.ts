import type { Answer } from '../../core/definition.ts';
import type { Native } from '../../core/result.ts';
import { coordinatesOf, geohashOf, isSuspicious } from './geohash.ts';
import { indexKeys, PLACE_TYPE, placeKey, receiptOf, slug } from './keys.ts';
import { matchedFields } from './matched-fields.ts';
import { placeAttributes } from './place-attributes.ts';
import { PLACES_API_VERSION, type PlaceDetails } from './place-details.ts';
import { placeIdOf } from './place-id.ts';
import type { ReceiptMetadata } from './schema.ts';
import { CONFIDENCE, statusOf } from './status.ts';
import { presentText, usablePhone, usableText } from './text.ts';

/** What a person should hear of though the row could be made; README.md explains each. */
export type Note =
  | 'place-not-found'
  | 'suspicious-coordinates'
  | 'coordinates-out-of-range'
  | 'matched-field-dropped'
  | 'merchant-not-indexed';

function provenance(item: ReceiptMetadata, answer: Answer<PlaceDetails> | undefined): string {
  const sentences = {
    found: `Backfilled from ReceiptMetadata and Google Places (${PLACES_API_VERSION}).`,
    missing: 'Backfilled from ReceiptMetadata alone; Google Places does not know the place.',
    none: 'Backfilled from ReceiptMetadata alone; no place details were asked for.',
  };
  const said = presentText(item.reasoning);
  return [
    sentences[answer?.kind ?? 'none'],
    ...(item.validation_status ? [] : ['The status was derived from the matched fields.']),
    // ReceiptMetadata will be retired: why it matched as it did should outlive it.
    ...(said === null ? [] : [`ReceiptMetadata's reasoning: ${shortened(said)}`]),
  ].join(' ');
}

/** A row may hold 400 KB; what an older one argued at length must not keep the new one from fitting. */
const QUOTED_CHARACTERS = 1_000;
/** By code points: half a character would not come back from the table as it was sent. */
const shortened = (text: string): string =>
  text.length <= QUOTED_CHARACTERS ? text : `${[...text.slice(0, 2 * QUOTED_CHARACTERS)].slice(0, QUOTED_CHARACTERS).join('').trimEnd()}…`;

/** Coordinates that were given, but cannot be used: out of range, or one without the other. */
const isUnusable = (point: { latitude?: unknown; longitude?: unknown } | undefined): boolean =>
  (point?.latitude ?? point?.longitude ?? null) !== null && coordinatesOf(point) === undefined;

/** Attributes without a value are not stored; `null` is a value. */
const withoutUndefined = (item: Native): Native => Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));

/** The ReceiptPlace row for one eligible metadata row, in native values. Without a found answer it comes from the metadata alone. */
export function derive(item: ReceiptMetadata, answer: Answer<PlaceDetails> | undefined, now: string): { row: Native; notes: Note[] } {
  const details = answer?.kind === 'found' ? answer.value : undefined;
  const coordinates = coordinatesOf(item) ?? coordinatesOf(details?.location);
  const { imageId, receiptId } = receiptOf(item);
  const fields = matchedFields(item.matched_fields);
  const status = statusOf(item);
  const indexed = {
    ...placeKey(item),
    merchant_name: presentText(details?.displayName?.text) ?? presentText(item.canonical_merchant_name) ?? item.merchant_name.trim(),
    place_id: placeIdOf(item) ?? '',
    validation_status: status,
    confidence: CONFIDENCE[status],
    geohash: coordinates ? geohashOf(coordinates) : null,
  };

  const row = withoutUndefined({
    ...indexed,
    ...indexKeys(indexed),
    TYPE: PLACE_TYPE,
    image_id: imageId,
    receipt_id: receiptId,
    timestamp: now,
    merchant_category: usableText(item.merchant_category) ?? presentText(details?.primaryType),
    formatted_address: presentText(details?.formattedAddress) ?? usableText(item.canonical_address) ?? usableText(item.address),
    phone_number: usablePhone(item.phone_number) ?? presentText(details?.nationalPhoneNumber) ?? usablePhone(item.canonical_phone_number),
    validated_by: presentText(item.validated_by),
    reasoning: provenance(item, answer),
    places_api_version: details ? PLACES_API_VERSION : null,
    matched_fields: fields.kept.length > 0 ? fields.kept : undefined,
    latitude: coordinates?.latitude,
    longitude: coordinates?.longitude,
    ...placeAttributes(details, coordinates),
  });

  const notes: Note[] = [];
  if (answer?.kind === 'missing') notes.push('place-not-found');
  if (coordinates && isSuspicious(coordinates)) notes.push('suspicious-coordinates');
  if (isUnusable(item) || isUnusable(details?.location)) notes.push('coordinates-out-of-range');
  if (fields.dropped > 0) notes.push('matched-field-dropped');
  if (slug(indexed.merchant_name) === '') notes.push('merchant-not-indexed');
  return { row, notes };
}
