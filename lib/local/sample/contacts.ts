/** Addresses and phone numbers as each country writes them. Streets and numbers are made up; the phone ranges are meant for fiction. */
import { hashFraction, type Random } from './random.ts';
import type { City } from './vocabulary.ts';

export interface Address {
  /** With the country's name at its end. */
  formatted: string;
  /** Street and city. */
  short: string;
  /** What is wrongly taken for a merchant's name. */
  street: string;
}

export interface Phone {
  national: string;
  international: string;
}

const streetNames: Record<string, readonly string[]> = {
  US: [
    'Main St',
    'Broadway',
    'Oak Ave',
    'Market St',
    'Pacific Coast Hwy',
    'Martin Luther King Jr Blvd',
    'Elm St',
    'Lincoln Ave',
    '2nd Ave',
    'W 14th St',
    'Sunset Blvd',
    'Park Ave',
    'Washington Blvd',
    'State St',
    'El Camino Real',
  ],
  CA: ['Rue Sainte-Catherine O', 'Yonge St', 'Bank St', 'Jasper Ave', 'Boulevard René-Lévesque', 'Portage Ave'],
  FR: ['Rue de la République', 'Avenue Général Leclerc', 'Rue Saint-Honoré', 'Boulevard Gambetta', 'Place de l’Église'],
  DE: ['Hauptstraße', 'Bahnhofstraße', 'Schönhauser Allee', 'Goethestraße', 'Kölner Weg'],
  MX: ['Av. Insurgentes Sur', 'Calle Juárez', 'Av. Revolución', 'Calle 5 de Mayo'],
  JP: ['Ginza', 'Shibuya', 'Umeda', 'Sakae'],
};

const provinces: Record<string, string> = { '01': 'AB', '02': 'BC', '03': 'MB', '08': 'ON', '10': 'QC' };

/** A number that belongs to the city, so that its places share a postal area and an area code. */
const ofCity = (city: City, kind: string, low: number, high: number): number =>
  low + Math.floor(hashFraction(`${kind}/${city.name}/${city.admin}`) * (high - low));

const digits = (random: Random, count: number): string => random.letters('0123456789', count);

const usualAddress = (street: string, locality: string, city: City, country: string): Address => ({
  formatted: `${street}, ${locality}, ${country}`,
  short: `${street}, ${city.name}`,
  street,
});

export function makeAddress(random: Random, city: City): Address {
  const name = random.pick(streetNames[city.country] ?? streetNames.US ?? []);
  const number = 1 + random.below(city.country === 'US' ? 9800 : 240);
  const postal = (length: number): string => `${ofCity(city, 'post', 100, 990)}${digits(random, length - 3)}`;
  switch (city.country) {
    case 'CA':
      return usualAddress(
        `${number} ${name}`,
        `${city.name}, ${provinces[city.admin] ?? 'ON'} ${random.letters('HKLMT', 1)}${digits(random, 1)}${random.letters('ABCEGHJ', 1)} ${digits(random, 1)}V${digits(random, 1)}`,
        city,
        'Canada',
      );
    case 'FR':
      return usualAddress(`${number} ${name}`, `${postal(5)} ${city.name}`, city, 'France');
    case 'DE':
      return usualAddress(`${name} ${number}`, `${postal(5)} ${city.name}`, city, 'Germany');
    case 'MX':
      return usualAddress(`${name} ${number}`, `${postal(5)} ${city.name}`, city, 'Mexico');
    case 'JP':
      return usualAddress(
        `${1 + random.below(5)}-${1 + random.below(20)}-${1 + random.below(30)} ${name}`,
        `${city.name} ${ofCity(city, 'post', 100, 990)}-${digits(random, 4)}`,
        city,
        'Japan',
      );
    default:
      return usualAddress(`${number} ${name}`, `${city.name}, ${city.admin} ${postal(5)}`, city, 'USA');
  }
}

export function makePhone(random: Random, city: City): Phone {
  const line = digits(random, 4);
  switch (city.country) {
    case 'FR':
      return {
        national: `01 99 00 ${line.slice(0, 2)} ${line.slice(2)}`,
        international: `+33 1 99 00 ${line.slice(0, 2)} ${line.slice(2)}`,
      };
    case 'DE':
      return { national: `030 2312${line}`, international: `+49 30 2312${line}` };
    case 'MX':
      return { national: `55 5555 ${line}`, international: `+52 55 5555 ${line}` };
    case 'JP':
      return { national: `03-5555-${line}`, international: `+81 3-5555-${line}` };
    default: {
      const area = ofCity(city, 'area', 201, 989);
      return { national: `(${area}) 555-${line}`, international: `+1 ${area}-555-${line}` };
    }
  }
}

/** The formats that receipts have a phone number in: seven in North America, four elsewhere. */
export function phoneFormats({ national, international }: Phone): string[] {
  const plain = national.replace(/\D/g, '');
  const compact = `+${international.replace(/\D/g, '')}`;
  if (!international.startsWith('+1 ')) return [national, international, plain, compact];
  const [area, exchange, line] = [plain.slice(0, 3), plain.slice(3, 6), plain.slice(6)];
  return [
    national,
    international,
    plain,
    compact,
    `${area}-${exchange}-${line}`,
    `${area}.${exchange}.${line}`,
    `1 ${area} ${exchange} ${line}`,
  ];
}
