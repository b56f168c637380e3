import type { AttributeValue, Item } from '../../core/attribute-value.ts';
import { phoneFormats } from './contacts.ts';
import {
  categorySpelledOtherwise,
  drawFlaw,
  drawStatus,
  flawShares,
  makeHuge,
  makeMalformed,
  type NoteFlaw,
  oddPlaceIds,
  type PlaceIdFlaw,
  type RareFlaw,
  type Status,
  uselessPlaceId,
  wholesaleVariant,
} from './flaws.ts';
import { makePlaceId, type SamplePlace } from './places.ts';
import type { Random } from './random.ts';

export interface ReceiptRef {
  imageId: string;
  receiptId: number;
}

/** What the first pass has decided on a receipt. */
export interface Receipt extends ReceiptRef {
  place: SamplePlace;
  placeIdFlaw?: PlaceIdFlaw | undefined;
  rare?: { flaw: RareFlaw; number: number } | undefined;
}

export const imageKey = ({ imageId }: ReceiptRef): string => `IMAGE#${imageId}`;
export const receiptKey = ({ receiptId }: ReceiptRef): string => `RECEIPT#${String(receiptId).padStart(5, '0')}`;

const text = (S: string): AttributeValue => ({ S });
export const textOrNull = (value: string | undefined): AttributeValue =>
  value === undefined || value === '' ? { NULL: true } : { S: value };

/** `CAFÉ DU MONDE` -> `CAFE_DU_MONDE`. */
export const merchantSlug = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_|_$/g, '');

const FIRST_MOMENT = Date.UTC(2024, 0, 15);
const LAST_MOMENT = Date.UTC(2026, 9, 31, 23);

/** ISO 8601 in the three spellings that different writers left. */
export function makeTimestamp(random: Random, from = FIRST_MOMENT): string {
  const iso = new Date(from + random.below(LAST_MOMENT - from)).toISOString();
  return random.pick([iso, iso.replace(/\.\d+Z$/, 'Z'), iso.replace('Z', `${random.letters('0123456789', 3)}+00:00`)]);
}

function makeName(random: Random, { brand, address }: SamplePlace, note: NoteFlaw): string {
  const { nameWholesaleVariant, nameAmpersandVariant, ...anywhere } = flawShares.name;
  const flaw = drawFlaw(random, anywhere);
  if (flaw) note(flaw);
  if (flaw === 'nameIsStreetAddress') return address.street;
  if (flaw === 'nameEmpty') return '';
  if (flaw === 'nameUpperCase') return brand.name.toUpperCase();
  if (brand.type === 'warehouse_store' && random.chance(nameWholesaleVariant)) {
    note('nameWholesaleVariant');
    return wholesaleVariant(random, brand.name);
  }
  if (brand.name.includes('&') && random.chance(nameAmpersandVariant)) {
    note('nameAmpersandVariant');
    return brand.name.replace(/\s*&\s*/, ' and ').trim();
  }
  return brand.name;
}

function makePhone(random: Random, place: SamplePlace, note: NoteFlaw): AttributeValue {
  const flaw = drawFlaw(random, flawShares.phone);
  if (!flaw) return text(random.pick(phoneFormats(place.phone)));
  note(flaw);
  return { phoneNotAvailable: text('N/A'), phoneUnknown: text('Unknown'), phoneEmptyText: text(''), phoneNull: { NULL: true } as const }[
    flaw
  ];
}

function makeCategory(random: Random, type: string, note: NoteFlaw): AttributeValue {
  const flaw = drawFlaw(random, flawShares.category);
  if (!flaw) return text(type);
  note(flaw);
  if (flaw === 'categoryNull') return { NULL: true };
  return text(flaw === 'categoryNotAvailable' ? 'N/A' : categorySpelledOtherwise(random, type));
}

function makeAddress(random: Random, { address }: SamplePlace, note: NoteFlaw): AttributeValue {
  const flaw = drawFlaw(random, flawShares.address);
  if (!flaw) return text(address.formatted);
  note(flaw);
  if (flaw === 'addressNull') return { NULL: true };
  return text(flaw === 'addressEmptyText' ? '' : address.formatted.replace(/, [^,]*$/, ''));
}

function makePlaceIdValue(random: Random, { place, placeIdFlaw, rare }: Receipt): AttributeValue {
  if (rare?.flaw === 'placeIdNullTyped') return { NULL: true };
  if (rare?.flaw === 'placeIdOddCharacters') return text(oddPlaceIds[rare.number % oddPlaceIds.length] ?? oddPlaceIds[0]);
  if (!placeIdFlaw) return text(place.google.id);
  return text(placeIdFlaw === 'placeIdTooLong' ? makePlaceId(random, 37) : uselessPlaceId(random, placeIdFlaw));
}

const vocabulary = ['name', 'address', 'phone', 'place_id'] as const;
const outsideVocabulary = ['Name', 'text search', 'Phone Number', 'merchant_name', 'nearby'] as const;
const fieldsFor: Record<Status, readonly [fewest: number, spread: number]> = { MATCHED: [2, 3], UNSURE: [1, 1], NO_MATCH: [0, 1] };

function makeMatchedFields(random: Random, status: Status, note: NoteFlaw): string[] {
  const [fewest, spread] = fieldsFor[status];
  const fields: string[] = random.shuffle([...vocabulary]).slice(0, fewest + random.below(spread));
  if (!drawFlaw(random, flawShares.matchedFields)) return fields;
  note('matchedFieldsUnknown');
  return [...fields, random.pick(outsideVocabulary)];
}

const COORDINATES_SHARE = 0.08;

function makeCoordinates(random: Random, { place, rare }: Receipt): Item {
  const pair = (latitude: number, longitude: number): Item => ({ latitude: { N: String(latitude) }, longitude: { N: String(longitude) } });
  const { location } = place.google;
  if (rare?.flaw === 'coordinatesZero') return pair(0, 0);
  if (rare?.flaw === 'coordinatesOutOfRange')
    return rare.number % 2 === 0 ? pair(location?.longitude ?? -118.24, 200.5) : pair(95.25, location?.longitude ?? 0);
  if (rare?.flaw === 'coordinatesOnlyOne')
    return rare.number % 2 === 0
      ? { latitude: { N: String(location?.latitude ?? 1) } }
      : { longitude: { N: String(location?.longitude ?? 1) } };
  return location && !rare && random.chance(COORDINATES_SHARE) ? pair(location.latitude, location.longitude) : {};
}

const validators = ['PHONE_LOOKUP', 'ADDRESS_LOOKUP', 'NEARBY_LOOKUP', 'TEXT_SEARCH', 'INFERENCE'] as const;
const reasons = [
  'Phone number and merchant name match the place.',
  'Address on the receipt matches; the name differs in spelling.',
  'Nearest place of that name — street number unreadable.',
  'Matched by text search.',
] as const;
const confidences: Record<Status, string> = { MATCHED: '0.9500', UNSURE: '0.6000', NO_MATCH: '0.2000' };

/** What the clustering of places once wrote; most rows have it, some have not. */
function canonicalAttributes(random: Random, { place }: Receipt, known: boolean): Item {
  const canonical = known && random.chance(0.55);
  const value = (content: string): AttributeValue => textOrNull(canonical ? content : undefined);
  return {
    canonical_place_id: value(place.google.id),
    canonical_merchant_name: value(place.brand.name),
    canonical_address: value(place.address.formatted),
    canonical_phone_number: value(place.phone.national),
  };
}

/** A ReceiptMetadata row, with flaws in their usual shares; `note` hears of each. */
export function makeMetadata(random: Random, receipt: Receipt, note: NoteFlaw): Item {
  const { place, rare } = receipt;
  if (receipt.placeIdFlaw) note(receipt.placeIdFlaw);
  if (rare) note(rare.flaw);
  const placeId = makePlaceIdValue(random, receipt);
  const name = makeName(random, place, note);
  const slug = merchantSlug(name);
  const status = drawStatus(random);
  // A rare row is told by its own flaw alone.
  const statusKept = rare !== undefined || !drawFlaw(random, flawShares.status);
  if (!statusKept) note('statusAbsent');
  const matchedFields = makeMatchedFields(random, status, note);
  const indexSortKey = text(`${imageKey(receipt)}#${receiptKey(receipt)}#METADATA`);
  const item: Item = {
    PK: text(imageKey(receipt)),
    SK: text(`${receiptKey(receipt)}#METADATA`),
    TYPE: text('RECEIPT_METADATA'),
    place_id: placeId,
    merchant_name: text(name),
    timestamp: text(makeTimestamp(random)),
    merchant_category: makeCategory(random, place.brand.type, note),
    address: makeAddress(random, place, note),
    phone_number: makePhone(random, place, note),
    validated_by: textOrNull(random.chance(0.95) ? random.pick(validators) : undefined),
    reasoning: textOrNull(random.chance(0.9) ? random.pick(reasons) : undefined),
    ...canonicalAttributes(random, receipt, !receipt.placeIdFlaw && !rare),
    ...makeCoordinates(random, receipt),
    GSI3PK: text('MERCHANT_VALIDATION'),
    GSI3SK: text(
      `CONFIDENCE#${statusKept ? confidences[status] : '0.0000'}#STATUS#${statusKept ? status : 'NONE'}#${imageKey(receipt)}#${receiptKey(receipt)}`,
    ),
  };
  if (statusKept) item.validation_status = text(status);
  if (matchedFields.length > 0) item.matched_fields = { SS: matchedFields };
  if (slug !== '') Object.assign(item, { GSI1PK: text(`MERCHANT#${slug}`), GSI1SK: indexSortKey });
  if ('S' in placeId && placeId.S !== '') Object.assign(item, { GSI2PK: text(`PLACE#${placeId.S}`), GSI2SK: indexSortKey });
  return rare?.flaw === 'huge' ? makeHuge(item) : makeMalformed(item, rare?.flaw);
}
