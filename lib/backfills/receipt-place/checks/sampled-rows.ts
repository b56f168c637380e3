import type { CheckContext } from '../../../core/checks.ts';
import type { Native } from '../../../core/result.ts';
import { slotFor } from '../../sampling.ts';
import { derive } from '../derive.ts';
import { indexKeys } from '../keys.ts';
import type { ReceiptMetadata } from '../schema.ts';
import { usablePhone, usableText } from '../text.ts';
import { moment, writtenSince } from './moments.ts';
import type { Partition, PartitionCheck } from './partitions.ts';
import { count, Examples, keyText, nothingToCheck } from './wording.ts';

const SAMPLE = 10;

/** Attributes that follow from the metadata, whatever Google Places said. */
const FROM_METADATA = [
  'PK',
  'SK',
  'TYPE',
  'image_id',
  'receipt_id',
  'place_id',
  'validation_status',
  'confidence',
  'validated_by',
  'matched_fields',
] as const;

const INDEX_KEYS = [1, 2, 3, 4].flatMap((n) => [`GSI${n}PK`, `GSI${n}SK`]);

/** Attributes that every row has, as text or as NULL. */
const TEXT_OR_NULL = [
  'merchant_category',
  'formatted_address',
  'short_address',
  'phone_number',
  'phone_intl',
  'website',
  'maps_url',
  'business_status',
  'plus_code',
  'validated_by',
  'places_api_version',
  'geohash',
];

/** Lists compare without order: the set they come from has none. */
const comparable = (value: unknown): string => JSON.stringify(Array.isArray(value) ? [...value].sort() : value) ?? 'absent';

/** What the row should say, as far as metadata and the row's own name and geohash decide it. */
function expectedOf(item: ReceiptMetadata, place: Native): Native {
  const { row } = derive(item, undefined, '');
  const expected: Native = Object.fromEntries(FROM_METADATA.map((name) => [name, row[name]]));
  const keys = indexKeys({
    PK: String(row.PK),
    SK: String(row.SK),
    place_id: String(row.place_id),
    validation_status: String(row.validation_status),
    confidence: Number(row.confidence),
    merchant_name: String(place.merchant_name ?? ''),
    geohash: typeof place.geohash === 'string' ? place.geohash : null,
  });
  for (const name of INDEX_KEYS) expected[name] = keys[name];
  const phone = usablePhone(item.phone_number);
  const category = usableText(item.merchant_category);
  return { ...expected, ...(phone && { phone_number: phone }), ...(category && { merchant_category: category }) };
}

function defectsOf(item: ReceiptMetadata, place: Native): string[] {
  const defects = Object.entries(expectedOf(item, place))
    .filter(([name, value]) => comparable(place[name]) !== comparable(value))
    .map(([name, value]) => `${name} is ${comparable(place[name])}, expected ${comparable(value)}`);
  if (typeof place.merchant_name !== 'string') defects.push('merchant_name is no text');
  if (moment(place.timestamp) === undefined) defects.push(`timestamp ${comparable(place.timestamp)} is not ISO 8601`);
  if (typeof place.reasoning !== 'string' || place.reasoning === '') defects.push('reasoning is missing');
  for (const name of TEXT_OR_NULL) {
    if (place[name] !== null && (typeof place[name] !== 'string' || place[name] === '')) defects.push(`${name} is neither text nor NULL`);
  }
  return defects;
}

/**
 * Random rows, ten if nothing else is asked for, field by field. Where a run is judged, only rows that it wrote: the application may have its own mind about a status.
 */
export function sampledRows({ random, runStarted, sampleSize = SAMPLE }: CheckContext): PartitionCheck {
  const isNew = writtenSince(runStarted);
  const isOurs = (place: Native): boolean => runStarted === undefined || moment(place.timestamp) === moment(runStarted);
  const sample: { item: ReceiptMetadata; place: Native }[] = [];
  let seen = 0;
  return {
    see({ receipts }: Partition) {
      for (const { metadata, item, eligible, place } of receipts) {
        if (!item || !eligible || !place || !isOurs(place) || isNew(metadata)) continue;
        seen += 1;
        const slot = slotFor(seen, sampleSize, random);
        if (slot !== undefined) sample[slot] = { item, place };
      }
    },
    results() {
      if (sample.length === 0) return [nothingToCheck('sampled-rows', 'place rows that the run wrote')];
      const bad = new Examples();
      for (const { item, place } of sample) {
        const defects = defectsOf(item, place);
        if (defects.length > 0) bad.add(`${keyText(place)}: ${defects.join('; ')}`);
      }
      return [
        {
          name: 'sampled-rows',
          status: bad.total === 0 ? 'pass' : 'fail',
          message: `${count(sample.length - bad.total)} of ${count(sample.length)} ${sample.length < seen ? `random rows out of ${count(seen)}` : 'rows, all there are,'} say field by field what their metadata says.`,
          measured: { sampled: sample.length, of: seen, bad: bad.total },
          ...bad.field,
        },
      ];
    },
  };
}
