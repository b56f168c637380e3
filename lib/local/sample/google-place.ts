/** A place as the Places API (New) answers it, for the field mask that a backfill asks with. */

export interface LatLng {
  latitude: number;
  longitude: number;
}

export interface OpeningPoint {
  /** 0 is Sunday. */
  day: number;
  hour: number;
  minute: number;
}

export interface OpeningHours {
  openNow: boolean;
  /** A place that never closes has one period, without `close`. */
  periods: { open: OpeningPoint; close?: OpeningPoint }[];
  weekdayDescriptions: string[];
}

export interface GooglePlace {
  id: string;
  displayName: { text: string; languageCode: string };
  formattedAddress: string;
  shortFormattedAddress?: string;
  location?: LatLng;
  viewport?: { low: LatLng; high: LatLng };
  plusCode?: { globalCode: string; compoundCode: string };
  types: string[];
  primaryType?: string;
  businessStatus?: 'OPERATIONAL' | 'CLOSED_TEMPORARILY' | 'CLOSED_PERMANENTLY';
  nationalPhoneNumber?: string;
  internationalPhoneNumber?: string;
  websiteUri?: string;
  googleMapsUri?: string;
  currentOpeningHours?: OpeningHours;
  photos?: { name: string; widthPx: number; heightPx: number }[];
}

export const googlePlaceFields = [
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
] as const satisfies readonly (keyof GooglePlace)[];
