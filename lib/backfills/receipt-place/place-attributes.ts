import type { Native } from '../../core/result.ts';
import { type Coordinates, coordinatesOf } from './geohash.ts';
import type { PlaceDetails } from './place-details.ts';
import { presentText, textList } from './text.ts';

/** Six decimals are 11 cm, and never an exponent, which a URL's reader might not understand. */
const degrees = (value: number): string => String(Number(value.toFixed(6)));

/** Google's documented form of a map link. */
const mapsUrl = ({ latitude, longitude }: Coordinates): string =>
  `https://www.google.com/maps/search/?api=1&query=${degrees(latitude)},${degrees(longitude)}`;

function viewport(details: PlaceDetails | undefined): Native {
  const northEast = coordinatesOf(details?.viewport?.high);
  const southWest = coordinatesOf(details?.viewport?.low);
  return {
    viewport_ne_lat: northEast?.latitude,
    viewport_ne_lng: northEast?.longitude,
    viewport_sw_lat: southWest?.latitude,
    viewport_sw_lng: southWest?.longitude,
  };
}

function openingHours(details: PlaceDetails | undefined): Native {
  const hours = details?.currentOpeningHours;
  return {
    open_now: hours?.openNow,
    hours_summary: textList(hours?.weekdayDescriptions),
    // Through JSON, because a member that is `undefined` cannot be stored.
    hours_data: hours?.periods?.length ? { periods: JSON.parse(JSON.stringify(hours.periods)) } : undefined,
  };
}

/** The attributes that come from the Places API alone (`undefined`: omitted) or, for the map link, from the coordinates. */
export const placeAttributes = (details: PlaceDetails | undefined, coordinates: Coordinates | undefined): Native => ({
  short_address: presentText(details?.shortFormattedAddress),
  phone_intl: presentText(details?.internationalPhoneNumber),
  website: presentText(details?.websiteUri),
  maps_url: presentText(details?.googleMapsUri) ?? (coordinates ? mapsUrl(coordinates) : null),
  business_status: presentText(details?.businessStatus),
  plus_code: presentText(details?.plusCode?.globalCode),
  merchant_types: textList(details?.types),
  photo_references: textList(details?.photos?.map((photo) => photo.name)),
  ...viewport(details),
  ...openingHours(details),
});
