import * as z from 'zod/mini';

/** The version of the Places API whose answers `PlaceDetails` describes. */
export const PLACES_API_VERSION = 'v1';

/** What is asked of the Places API (New), as its `X-Goog-FieldMask` header wants it. */
export const FIELD_MASK = [
  'id',
  'displayName',
  'formattedAddress',
  'shortFormattedAddress',
  'location',
  'viewport',
  'plusCode',
  'types',
  'primaryType',
  'businessStatus',
  'nationalPhoneNumber',
  'internationalPhoneNumber',
  'websiteUri',
  'googleMapsUri',
  'currentOpeningHours',
  'photos',
].join(',');

const text = z.optional(z.string());
const texts = z.optional(z.array(z.string()));
const point = z.optional(z.looseObject({ latitude: z.optional(z.number()), longitude: z.optional(z.number()) }));

/** A place as the Places API (New) answers it for `FIELD_MASK`. Fields it adds one day do no harm. */
export const PlaceDetails = z.looseObject({
  id: z.string(),
  displayName: z.optional(z.looseObject({ text })),
  formattedAddress: text,
  shortFormattedAddress: text,
  location: point,
  viewport: z.optional(z.looseObject({ low: point, high: point })),
  plusCode: z.optional(z.looseObject({ globalCode: text })),
  types: texts,
  primaryType: text,
  businessStatus: text,
  nationalPhoneNumber: text,
  internationalPhoneNumber: text,
  websiteUri: text,
  googleMapsUri: text,
  currentOpeningHours: z.optional(
    z.looseObject({
      openNow: z.optional(z.boolean()),
      periods: z.optional(z.array(z.record(z.string(), z.unknown()))),
      weekdayDescriptions: texts,
    }),
  ),
  photos: z.optional(z.array(z.looseObject({ name: text }))),
});

export type PlaceDetails = z.infer<typeof PlaceDetails>;
