import { type Address, makeAddress, makePhone, type Phone } from './contacts.ts';
import type { GooglePlace, LatLng } from './google-place.ts';
import { openingHours } from './hours.ts';
import { plusCode } from './plus-code.ts';
import { type Random, weightedIndex } from './random.ts';
import { type Brand, brands, type City, cities } from './vocabulary.ts';

/** A place as it is, and what Google knows of it, which may be less. */
export interface SamplePlace {
  google: GooglePlace;
  brand: Brand;
  city: City;
  address: Address;
  phone: Phone;
}

const PLACE_ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** An id in Google's form: usually 27 characters. */
export const makePlaceId = (random: Random, length = 27): string => `ChIJ${random.letters(PLACE_ID_ALPHABET, length - 4)}`;

/** How often a brand has a branch beside the others, which count 1. */
const popularity: Record<string, number> = {
  Starbucks: 30,
  'Costco Wholesale': 18,
  "Trader Joe's": 8,
  Target: 8,
  'CVS Pharmacy': 8,
  Walgreens: 6,
  'The Home Depot': 6,
  'Whole Foods Market': 5,
  Safeway: 5,
  'H&M': 4,
};

/** Lower Manhattan, so that the geohash `dr5reg` is well filled. */
const downtown: LatLng = { latitude: 40.7128, longitude: -74.006 };
const DOWNTOWN_SHARE = 0.35;
const CITY_RADIUS_DEGREES = 0.06;
const DOWNTOWN_RADIUS_DEGREES = 0.0025;

const pickBrand = weightedIndex(brands.map(({ name }) => popularity[name] ?? 1));
const citiesOf = new Map(
  [...new Set(cities.map(({ country }) => country))].map((country) => [country, cities.filter((city) => city.country === country)]),
);
const pickCityOf = new Map(
  [...citiesOf].map(([country, all]) => [
    country,
    weightedIndex(all.map((_, rank) => (country === 'US' && rank === 0 ? 2 : 1) / (rank + 3) ** 0.7)),
  ]),
);

function makeCity(random: Random, country: string): City {
  const rank = pickCityOf.get(country)?.(random.next()) ?? 0;
  return citiesOf.get(country)?.[rank] ?? (cities[0] as City);
}

/** Six decimals, about ten centimetres: what Google answers has no more that matter. */
const degrees = (value: number): number => Math.round(value * 1e6) / 1e6;

function makeLocation(random: Random, city: City): LatLng {
  const central = city.name === 'New York City' && random.chance(DOWNTOWN_SHARE);
  const [middle, radius] = central
    ? [downtown, DOWNTOWN_RADIUS_DEGREES]
    : [{ latitude: city.lat, longitude: city.lon }, CITY_RADIUS_DEGREES];
  // The sum of two draws gathers places towards the middle.
  const offset = (): number => (random.next() + random.next() - 1) * radius;
  return { latitude: degrees(middle.latitude + offset()), longitude: degrees(middle.longitude + offset()) };
}

const broaderTypes: Record<string, readonly string[]> = {
  grocery_store: ['supermarket', 'food_store', 'store'],
  warehouse_store: ['grocery_store', 'store'],
  coffee_shop: ['cafe', 'food_store', 'food'],
  fast_food_restaurant: ['restaurant', 'food'],
  pharmacy: ['drugstore', 'health', 'store'],
};

function makeTypes(random: Random, type: string): string[] {
  const types = [type, ...(broaderTypes[type] ?? ['store']), 'point_of_interest', 'establishment'];
  // Answers have been seen to name a type twice.
  return random.chance(0.02) ? [...types, type] : types;
}

function makePhotos(random: Random, id: string): NonNullable<GooglePlace['photos']> {
  const photos = Array.from({ length: 1 + random.below(3) }, () => ({
    name: `places/${id}/photos/${random.letters(PLACE_ID_ALPHABET, 40)}`,
    widthPx: 4032,
    heightPx: 3024,
  }));
  return random.chance(0.02) ? [...photos, ...photos.slice(0, 1)] : photos;
}

function makeGooglePlace(random: Random, place: Omit<SamplePlace, 'google'>, location: LatLng | undefined): GooglePlace {
  const { brand, city, address, phone } = place;
  const id = makePlaceId(random);
  const code = location && plusCode(location.latitude, location.longitude);
  const known = (share: number): boolean => random.chance(share);
  const google: GooglePlace = {
    id,
    displayName: { text: brand.name, languageCode: { FR: 'fr', DE: 'de', MX: 'es', JP: 'ja' }[city.country] ?? 'en' },
    formattedAddress: address.formatted,
    types: makeTypes(random, brand.type),
  };
  if (known(0.97)) google.shortFormattedAddress = address.short;
  if (location) google.location = location;
  if (location && known(0.98)) {
    google.viewport = {
      low: { latitude: degrees(location.latitude - 0.00135), longitude: degrees(location.longitude - 0.00135) },
      high: { latitude: degrees(location.latitude + 0.00135), longitude: degrees(location.longitude + 0.00135) },
    };
  }
  if (code && known(0.97)) google.plusCode = { globalCode: code, compoundCode: `${code.slice(4)} ${city.name}` };
  if (known(0.97)) google.primaryType = brand.type;
  if (known(0.99)) google.businessStatus = known(0.98) ? 'OPERATIONAL' : random.pick(['CLOSED_TEMPORARILY', 'CLOSED_PERMANENTLY'] as const);
  if (known(0.94)) {
    google.nationalPhoneNumber = phone.national;
    google.internationalPhoneNumber = phone.international;
  }
  if (brand.website !== undefined && known(0.85)) google.websiteUri = brand.website;
  if (known(0.97)) google.googleMapsUri = `https://maps.google.com/?cid=${1 + random.below(9)}${random.letters('0123456789', 18)}`;
  if (known(0.92)) google.currentOpeningHours = { openNow: known(0.7), ...random.pick(openingHours) };
  if (known(0.8)) google.photos = makePhotos(random, id);
  return google;
}

/** Places in the order of their popularity; the first is a Starbucks at 40.7128,-74.0060, and one in the middle has no location. */
export function makePlaces(random: Random, count: number): SamplePlace[] {
  return Array.from({ length: count }, (_, index) => {
    const first = index === 0;
    const brand = brands.find(({ name }) => first && name === 'Starbucks') ?? (brands[pickBrand(random.next())] as Brand);
    const city = first ? (cities[0] as City) : makeCity(random, brand.country ?? 'US');
    const location = first ? downtown : makeLocation(random, city);
    const place = { brand, city, address: makeAddress(random, city), phone: makePhone(random, city) };
    const unlocated = index > 0 && index === count >> 1;
    return { ...place, google: makeGooglePlace(random, place, unlocated ? undefined : location) };
  });
}
