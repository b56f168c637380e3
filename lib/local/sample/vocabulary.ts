/** Real brands and cities, as scripts/sample-vocabulary.ts wrote them. */
import brandRows from './brands.json' with { type: 'json' };
import cityRows from './cities.json' with { type: 'json' };

export interface Brand {
  name: string;
  /** Of the Places API's Table A. */
  type: string;
  website?: string;
  /** ISO 3166-1; absent: the United States. */
  country?: string;
}

export interface City {
  name: string;
  /** GeoNames' first administrative division; in the United States the state's letters. */
  admin: string;
  country: string;
  lat: number;
  lon: number;
}

export const brands: readonly Brand[] = brandRows;
export const cities: readonly City[] = cityRows;
