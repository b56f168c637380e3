import type { Definition } from '../../core/definition.ts';
import type { Native } from '../../core/result.ts';
import { coordinatesOf } from './geohash.ts';
import { placeIdOf } from './place-id.ts';
import { usableText } from './text.ts';

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const hasPlaceId = ({ place_id }: Native): boolean => placeIdOf({ place_id: textOf(place_id) }) !== undefined;
const hasMerchantName = ({ merchant_name }: Native): boolean => usableText(textOf(merchant_name)) !== null;
const hasAddress = ({ address }: Native): boolean => usableText(textOf(address)) !== null;

/** What an assessment counts, on rows of whatever shape. Of a row's own values: what the clustering of places put beside them is another's. */
export const quality: Definition['quality'] = {
  'valid-place-id': hasPlaceId,
  'merchant-name': hasMerchantName,
  address: hasAddress,
  'all-three': (item) => hasPlaceId(item) && hasMerchantName(item) && hasAddress(item),
  coordinates: (item) => coordinatesOf(item) !== undefined,
};
