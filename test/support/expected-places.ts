/**
 * An oracle, independent of the code under test: the ReceiptPlace rows that a backfill must leave behind, from the specification alone.
 *
 * Where the words of the specification allow several values, the expected one is marked with the others; see `allows` and `unspecified`.
 */
import { type AttributeValue, type Item, sameValue } from '../../lib/core/attribute-value.ts';
import type { GooglePlace } from '../../lib/local/sample/google-place.ts';

/**
 * Attributes whose value the specification leaves open; that they are there, and their type, can still be compared.
 *
 * - `reasoning`: it says only what the text is about.
 * - `hours_data`: a map, of a structure that it does not name.
 */
export const unspecified: readonly string[] = ['reasoning', 'hours_data'];

export interface ExpectedOutcome {
  /** The rows that the run makes, by `rowId`. */
  created: Map<string, Item>;
  skipped: { 'no-place-id': number; 'already-exists': number };
  failed: { 'invalid-item': number };
  /** Rows of another TYPE. */
  filtered: number;
  scanned: number;
  /**
   * Of the created rows. Only `place-not-found` is named by the specification; `suspicious-coordinates` are rows at (0,0),
   * `matched-field-dropped` are matched fields, not rows.
   */
  notes: Record<'place-not-found' | 'suspicious-coordinates' | 'matched-field-dropped', number>;
}

export interface ExpectedFrom {
  items: readonly Item[];
  /** What Google knows; every other id is unknown to it. */
  places: ReadonlyMap<string, GooglePlace>;
  /** ISO 8601. */
  now: string;
  enrich: boolean;
  /** Ids that Google has forgotten, although `places` has them. */
  missingPlaces?: ReadonlySet<string>;
}

type Accepts = (actual: AttributeValue) => boolean;
const liberties = new WeakMap<AttributeValue, Accepts>();

/** A value in whose stead the specification's words allow others too. */
function loosely(value: AttributeValue, accepts: Accepts): AttributeValue {
  liberties.set(value, accepts);
  return value;
}

/** True when `actual` is the expected value or one that the specification allows instead of it. */
export const allows = (expected: AttributeValue, actual: AttributeValue): boolean =>
  sameValue(expected, actual) || (liberties.get(expected)?.(actual) ?? false);

const NULL = (): AttributeValue => ({ NULL: true });
const S = (text: string): AttributeValue => ({ S: text });
const N = (number: number | string): AttributeValue => ({ N: String(number) });
const filled = (text: string | undefined): text is string => text !== undefined && text.trim() !== '';
const textOrNull = (text: string | undefined): AttributeValue => (filled(text) ? S(text) : NULL());

/** The first is expected, the others are allowed too. */
const oneOf = (...texts: (string | undefined)[]): AttributeValue => {
  const values = texts.map(textOrNull);
  return loosely(textOrNull(texts[0]), (actual) => values.some((value) => sameValue(value, actual)));
};

const textOf = (value: AttributeValue | undefined): string | undefined => (value && 'S' in value ? value.S : undefined);
const numberOf = (value: AttributeValue | undefined): number | undefined => (value && 'N' in value ? Number(value.N) : undefined);

export const rowId = (item: Item): string => JSON.stringify([textOf(item.PK), textOf(item.SK)]);

// ---- What a source row must look like ----

const optionalTexts = [
  'merchant_category',
  'address',
  'phone_number',
  'validated_by',
  'reasoning',
  'canonical_place_id',
  'canonical_merchant_name',
  'canonical_address',
  'canonical_phone_number',
];
const statuses = ['MATCHED', 'UNSURE', 'NO_MATCH'] as const;
type Status = (typeof statuses)[number];

const is = (value: AttributeValue | undefined, ...types: string[]): boolean => types.some((type) => value !== undefined && type in value);
const absentOr = (value: AttributeValue | undefined, ...types: string[]): boolean => value === undefined || is(value, ...types);

const KEY = /^IMAGE#(.+) RECEIPT#(\d{5,})#METADATA$/;

const sound = (item: Item): boolean =>
  KEY.test(`${textOf(item.PK)} ${textOf(item.SK)}`) &&
  ['place_id', 'merchant_name', 'timestamp'].every((name) => is(item[name], 'S')) &&
  optionalTexts.every((name) => absentOr(item[name], 'S', 'NULL')) &&
  absentOr(item.matched_fields, 'SS', 'NULL') &&
  absentOr(item.latitude, 'N', 'NULL') &&
  absentOr(item.longitude, 'N', 'NULL') &&
  (absentOr(item.validation_status, 'NULL') || [...statuses, ''].some((status) => status === textOf(item.validation_status)));

function hasNoPlaceId({ place_id: value }: Item): boolean {
  if (is(value, 'NULL')) return true;
  const text = textOf(value);
  return text !== undefined && ['', 'NULL', 'NO_RESULTS', 'INVALID'].includes(text.trim().toUpperCase());
}

// ---- Keys ----

const BASE_32 = '0123456789bcdefghjkmnpqrstuvwxyz';

/** The textbook's bisection: bits in turn, longitude first; five make a letter. */
export function geohashOf(latitude: number, longitude: number, precision = 6): string {
  const ranges: [[number, number], [number, number]] = [
    [-180, 180],
    [-90, 90],
  ];
  let hash = '';
  for (let letter = 0, bit = 0; letter < precision; letter += 1) {
    let digit = 0;
    for (let count = 0; count < 5; count += 1, bit += 1) {
      const range = ranges[bit % 2 === 0 ? 0 : 1];
      const middle = (range[0] + range[1]) / 2;
      const upper = (bit % 2 === 0 ? longitude : latitude) > middle;
      range[upper ? 0 : 1] = middle;
      digit = digit * 2 + (upper ? 1 : 0);
    }
    hash += BASE_32.charAt(digit);
  }
  return hash;
}

/** `Café du Monde` -> `CAFE_DU_MONDE`. */
export function slugOf(name: string): string {
  const folded = [...name.normalize('NFD')].filter((letter) => !/\p{Mark}/u.test(letter)).join('');
  return (folded.toUpperCase().match(/[A-Z0-9]+/g) ?? []).join('_');
}

// ---- Parts of a row ----

/** `N/A` and `Unknown` are how a row says that it has none. */
const meant = (text: string | undefined): string | undefined =>
  filled(text) && !['N/A', 'UNKNOWN'].includes(text.trim().toUpperCase()) ? text : undefined;

/** Only what says which field it is; `text search` and `nearby` are ways of searching. */
const fieldNames: Record<string, string> = {
  name: 'name',
  merchantname: 'name',
  address: 'address',
  phone: 'phone',
  phonenumber: 'phone',
  placeid: 'place_id',
};

function matchedFields(item: Item): { fields: string[]; dropped: number } {
  const named = item.matched_fields && 'SS' in item.matched_fields ? item.matched_fields.SS : [];
  const known = named.flatMap((name) => fieldNames[name.toLowerCase().replace(/[^a-z]/g, '')] ?? []);
  return { fields: [...new Set(known)], dropped: named.length - known.length };
}

/** Of the row's own values, for it is they that were matched. */
function derivedStatus(item: Item, fields: readonly string[]): Status {
  const address = textOf(item.address) ?? '';
  const good = {
    name: (textOf(item.merchant_name) ?? '').trim().length > 2,
    phone: (textOf(item.phone_number) ?? '').replace(/[^0-9]/g, '').length >= 7,
    // Letters that hang on a number (`5th`) are no word beside it.
    address: /\d/.test(address) && /(?<![\p{Letter}\d])\p{Letter}{2}/u.test(address),
  };
  const count = Object.entries(good).filter(([name, isGood]) => isGood && fields.includes(name)).length;
  return count >= 2 ? 'MATCHED' : count === 1 ? 'UNSURE' : 'NO_MATCH';
}

const confidences: Record<Status, string> = { MATCHED: '0.95', UNSURE: '0.60', NO_MATCH: '0.20' };

interface Coordinates {
  latitude: number;
  longitude: number;
}

/** Both, and in range; one alone, or one beside a wrong one, is no coordinates. */
const soundCoordinates = (latitude: number | undefined, longitude: number | undefined): Coordinates | undefined =>
  latitude !== undefined && longitude !== undefined && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
    ? { latitude, longitude }
    : undefined;

/** Omitted if empty; deduplicated, the first of each kept. */
const list = (name: string, texts: readonly string[] | undefined): Item =>
  texts && texts.length > 0 ? { [name]: { L: [...new Set(texts)].map(S) } } : {};

/** A set has no order that a list could keep. */
function inAnyOrder(value: AttributeValue): AttributeValue {
  const sorted = (list: AttributeValue): AttributeValue => ({ SS: 'L' in list ? list.L.map((entry) => textOf(entry) ?? '') : [] });
  return loosely(value, (actual) => 'L' in actual && sameValue(sorted(value), sorted(actual)));
}

function mapsUrl(place: GooglePlace | undefined, coordinates: Coordinates | undefined): AttributeValue {
  if (filled(place?.googleMapsUri)) return S(place.googleMapsUri);
  if (!coordinates) return NULL();
  // How it is built is open, but not what from.
  const built = `https://www.google.com/maps/search/?api=1&query=${coordinates.latitude},${coordinates.longitude}`;
  return loosely(S(built), (actual) => {
    const url = textOf(actual) ?? '';
    return url.startsWith('https://') && url.includes(`${coordinates.latitude}`) && url.includes(`${coordinates.longitude}`);
  });
}

function expectedRow(item: Item, place: GooglePlace | undefined, coordinates: Coordinates | undefined, now: string): Item {
  const [, imageId = '', receiptId = ''] = KEY.exec(`${textOf(item.PK)} ${textOf(item.SK)}`) ?? [];
  const placeId = textOf(item.place_id) ?? '';
  const { fields } = matchedFields(item);
  const status = (textOf(item.validation_status) || derivedStatus(item, fields)) as Status;
  const name = [place?.displayName.text, textOf(item.canonical_merchant_name), textOf(item.merchant_name)].find(filled) ?? '';
  const geohash = coordinates && geohashOf(coordinates.latitude, coordinates.longitude);
  const slug = slugOf(name);
  const indexSortKey = S(`IMAGE#${imageId}#RECEIPT#${receiptId}#PLACE`);
  const ownPhone = meant(textOf(item.phone_number));
  const otherPhone = meant(textOf(item.canonical_phone_number));
  const ownCategory = meant(textOf(item.merchant_category));
  const [canonicalAddress, ownAddress] = [textOf(item.canonical_address), textOf(item.address)];
  const hours = place?.currentOpeningHours;

  const row: Item = {
    PK: S(`IMAGE#${imageId}`),
    SK: S(`RECEIPT#${receiptId}#PLACE`),
    TYPE: S('RECEIPT_PLACE'),
    image_id: S(imageId),
    receipt_id: N(Number(receiptId)),
    place_id: S(placeId),
    // Never NULL: with nothing to call it by, it is empty.
    merchant_name: S(name),
    validation_status: S(status),
    timestamp: S(now),
    confidence: N(confidences[status]),

    // Nothing is said of what to do without one; the primary type is asked for, and may stand in.
    merchant_category: ownCategory === undefined ? oneOf(undefined, place?.primaryType) : S(ownCategory),
    // Without the API's it is open which of the metadata's two.
    formatted_address: filled(place?.formattedAddress)
      ? S(place.formattedAddress)
      : oneOf([canonicalAddress, ownAddress].find(filled), [ownAddress, canonicalAddress].find(filled)),
    short_address: textOrNull(place?.shortFormattedAddress),
    // "The metadata's": whether the canonical number is one of these is open.
    phone_number:
      ownPhone === undefined ? oneOf(otherPhone ?? place?.nationalPhoneNumber, place?.nationalPhoneNumber ?? otherPhone) : S(ownPhone),
    phone_intl: textOrNull(place?.internationalPhoneNumber),
    website: textOrNull(place?.websiteUri),
    maps_url: mapsUrl(place, coordinates),
    business_status: textOrNull(place?.businessStatus),
    plus_code: textOrNull(place?.plusCode?.globalCode),
    validated_by: textOrNull(textOf(item.validated_by)),
    reasoning: S(place ? 'Backfilled from ReceiptMetadata and the Places API.' : 'Backfilled from ReceiptMetadata.'),
    // How the version is spelled is open; a row without API data has none.
    places_api_version: place ? loosely(S('v1'), (actual) => filled(textOf(actual))) : NULL(),
    geohash: textOrNull(geohash),

    ...list('merchant_types', place?.types),
    ...(fields.length > 0 ? { matched_fields: inAnyOrder({ L: fields.map(S) }) } : {}),
    ...list('hours_summary', hours?.weekdayDescriptions),
    ...list(
      'photo_references',
      place?.photos?.map((photo) => photo.name),
    ),

    GSI2PK: S(`PLACE#${placeId}`),
    GSI2SK: indexSortKey,
    GSI3PK: S('PLACE_VALIDATION'),
    GSI3SK: S(`CONFIDENCE#${Number(confidences[status]).toFixed(4)}#STATUS#${status}#IMAGE#${imageId}`),
  };
  if (coordinates) {
    row.latitude = N(coordinates.latitude);
    row.longitude = N(coordinates.longitude);
  }
  if (place?.viewport) {
    row.viewport_ne_lat = N(place.viewport.high.latitude);
    row.viewport_ne_lng = N(place.viewport.high.longitude);
    row.viewport_sw_lat = N(place.viewport.low.latitude);
    row.viewport_sw_lng = N(place.viewport.low.longitude);
  }
  if (hours) {
    row.open_now = { BOOL: hours.openNow };
    row.hours_data = { M: {} };
  }
  if (slug !== '') {
    row.GSI1PK = S(`MERCHANT#${slug}`);
    row.GSI1SK = indexSortKey;
  }
  if (geohash !== undefined) {
    row.GSI4PK = S(`GEOHASH#${geohash}`);
    row.GSI4SK = S(`PLACE#${placeId}`);
  }
  return row;
}

/** What a full, undisturbed run over `items` must do. */
export function expectedOutcome({ items, places, now, enrich, missingPlaces = new Set() }: ExpectedFrom): ExpectedOutcome {
  const existing = new Set(items.map(rowId));
  const outcome: ExpectedOutcome = {
    created: new Map(),
    skipped: { 'no-place-id': 0, 'already-exists': 0 },
    failed: { 'invalid-item': 0 },
    filtered: 0,
    scanned: items.length,
    notes: { 'place-not-found': 0, 'suspicious-coordinates': 0, 'matched-field-dropped': 0 },
  };
  for (const item of items) {
    if (textOf(item.TYPE) !== 'RECEIPT_METADATA') {
      outcome.filtered += 1;
      continue;
    }
    if (hasNoPlaceId(item)) {
      outcome.skipped['no-place-id'] += 1;
      continue;
    }
    if (!sound(item)) {
      outcome.failed['invalid-item'] += 1;
      continue;
    }
    const own = soundCoordinates(numberOf(item.latitude), numberOf(item.longitude));
    const asked = enrich && !own;
    const placeId = textOf(item.place_id) ?? '';
    const place = asked && !missingPlaces.has(placeId) ? places.get(placeId) : undefined;
    const coordinates = own ?? soundCoordinates(place?.location?.latitude, place?.location?.longitude);
    const row = expectedRow(item, place, coordinates, now);
    const id = rowId(row);
    if (existing.has(id)) {
      outcome.skipped['already-exists'] += 1;
      continue;
    }
    outcome.created.set(id, row);
    if (asked && !place) outcome.notes['place-not-found'] += 1;
    if (coordinates?.latitude === 0 && coordinates.longitude === 0) outcome.notes['suspicious-coordinates'] += 1;
    outcome.notes['matched-field-dropped'] += matchedFields(item).dropped;
  }
  return outcome;
}
