/** Rows that the application itself has written: other entities of the table, and places of receipts that it has already seen. */
import ngeohash from 'ngeohash';
import type { AttributeValue, Item } from '../../core/attribute-value.ts';
import type { Status } from './flaws.ts';
import type { LatLng, OpeningHours } from './google-place.ts';
import { imageKey, makeTimestamp, merchantSlug, type ReceiptRef, receiptKey, textOrNull } from './metadata.ts';
import type { SamplePlace } from './places.ts';
import type { Random } from './random.ts';

const text = (S: string): AttributeValue => ({ S });
const number = (value: number): AttributeValue => ({ N: String(value) });
const texts = (values: Iterable<string>): AttributeValue => ({ L: [...new Set(values)].map(text) });

/** `validated_by` of what the application wrote, so that it can be told apart from a backfill's rows. */
export const APPLICATION = 'receipt-processor';

const confidences: Record<Status, string> = { MATCHED: '0.95', UNSURE: '0.60', NO_MATCH: '0.20' };
const FIRST_DUAL_WRITE = Date.UTC(2026, 9, 1);

const hoursData = ({ periods }: OpeningHours): AttributeValue => {
  const point = ({ day, hour, minute }: OpeningHours['periods'][number]['open']): AttributeValue => ({
    M: { day: number(day), hour: number(hour), minute: number(minute) },
  });
  return {
    M: { periods: { L: periods.map(({ open, close }) => ({ M: { open: point(open), ...(close ? { close: point(close) } : {}) } })) } },
  };
};

function geography(location: LatLng | undefined, viewport: { low: LatLng; high: LatLng } | undefined): Item {
  return {
    ...(location && { latitude: number(location.latitude), longitude: number(location.longitude) }),
    ...(viewport && {
      viewport_ne_lat: number(viewport.high.latitude),
      viewport_ne_lng: number(viewport.high.longitude),
      viewport_sw_lat: number(viewport.low.latitude),
      viewport_sw_lng: number(viewport.low.longitude),
    }),
  };
}

/** The ReceiptPlace row as the application writes it beside a metadata row that has a status. */
export function makeApplicationPlace(random: Random, receipt: ReceiptRef, { google, brand, phone }: SamplePlace, status: Status): Item {
  const { location, currentOpeningHours: hours } = google;
  const geohash = location && ngeohash.encode(location.latitude, location.longitude, 6);
  const sortKey = text(`${imageKey(receipt)}#${receiptKey(receipt)}#PLACE`);
  const confidence = confidences[status];
  const slug = merchantSlug(google.displayName.text);
  const item: Item = {
    PK: text(imageKey(receipt)),
    SK: text(`${receiptKey(receipt)}#PLACE`),
    TYPE: text('RECEIPT_PLACE'),
    image_id: text(receipt.imageId),
    receipt_id: number(receipt.receiptId),
    place_id: text(google.id),
    merchant_name: text(google.displayName.text),
    validation_status: text(status),
    timestamp: text(makeTimestamp(random, FIRST_DUAL_WRITE)),
    confidence: { N: confidence },
    merchant_category: text(brand.type),
    formatted_address: text(google.formattedAddress),
    short_address: textOrNull(google.shortFormattedAddress),
    phone_number: text(phone.national),
    phone_intl: textOrNull(google.internationalPhoneNumber),
    website: textOrNull(google.websiteUri),
    maps_url: textOrNull(google.googleMapsUri),
    business_status: textOrNull(google.businessStatus),
    plus_code: textOrNull(google.plusCode?.globalCode),
    validated_by: text(APPLICATION),
    reasoning: text('Written by the application when the receipt was uploaded.'),
    places_api_version: text('v1'),
    geohash: textOrNull(geohash),
    merchant_types: texts(google.types),
    matched_fields: texts(status === 'MATCHED' ? ['name', 'address', 'phone'] : ['name']),
    ...geography(location, google.viewport),
    GSI2PK: text(`PLACE#${google.id}`),
    GSI2SK: sortKey,
    GSI3PK: text('PLACE_VALIDATION'),
    GSI3SK: text(`CONFIDENCE#${confidence}00#STATUS#${status}#${imageKey(receipt)}`),
  };
  if (hours)
    Object.assign(item, {
      hours_summary: texts(hours.weekdayDescriptions),
      open_now: { BOOL: hours.openNow },
      hours_data: hoursData(hours),
    });
  if (google.photos) item.photo_references = texts(google.photos.map(({ name }) => name));
  if (slug !== '') Object.assign(item, { GSI1PK: text(`MERCHANT#${slug}`), GSI1SK: sortKey });
  if (geohash) Object.assign(item, { GSI4PK: text(`GEOHASH#${geohash}`), GSI4SK: text(`PLACE#${google.id}`) });
  return item;
}

export const makeImage = (random: Random, receipt: ReceiptRef): Item => ({
  PK: text(imageKey(receipt)),
  SK: text(imageKey(receipt)),
  TYPE: text('IMAGE'),
  width: number(3024),
  height: number(4032),
  timestamp_added: text(makeTimestamp(random)),
  raw_s3_key: text(`raw/${receipt.imageId}.png`),
});

export const makeReceipt = (random: Random, receipt: ReceiptRef): Item => ({
  PK: text(imageKey(receipt)),
  SK: text(receiptKey(receipt)),
  TYPE: text('RECEIPT'),
  width: number(800 + random.below(1200)),
  height: number(1500 + random.below(2500)),
  timestamp_added: text(makeTimestamp(random)),
});

export const makeWord = (random: Random, receipt: ReceiptRef): Item => ({
  PK: text(imageKey(receipt)),
  SK: text(`${receiptKey(receipt)}#LINE#00001#WORD#00001`),
  TYPE: text('RECEIPT_WORD'),
  text: text(random.pick(['TOTAL', 'SUBTOTAL', 'VISA', 'THANK', 'CAFÉ', '12.99'])),
  confidence: { N: `0.${10 + random.below(90)}` },
});
