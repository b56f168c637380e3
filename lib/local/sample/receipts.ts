/** A seeded `receipts` table: messy ReceiptMetadata, the rows around it, and the places that Google knows. */
import type { Item } from '../../core/attribute-value.ts';
import { makeApplicationPlace, makeImage, makeReceipt, makeWord } from './application-rows.ts';
import { drawFlaw, type FlawName, flawCounts, flawShares, type RareFlaw, type Status } from './flaws.ts';
import type { GooglePlace } from './google-place.ts';
import { makeMetadata, type Receipt } from './metadata.ts';
import { makePlaces, type SamplePlace } from './places.ts';
import { type Random, seededRandom, weightedIndex } from './random.ts';

export interface SampleOptions {
  /** @default 1 */
  seed?: number;
  /** How many ReceiptMetadata rows. @default 20_000 */
  receipts?: number;
}

export interface SampleCounts {
  /** Rows by their TYPE. */
  types: Record<string, number>;
  /** ReceiptMetadata rows by validation_status; `absent` where there is none. */
  statuses: Record<Status | 'absent', number>;
  flaws: Record<FlawName, number>;
  /** ReceiptMetadata rows that have both coordinates, sound or not. */
  withCoordinates: number;
}

export interface Sample {
  items: Item[];
  /** What Google knows, by place id. */
  places: Map<string, GooglePlace>;
  counts: SampleCounts;
}

/** A real set had 77 places on 195 receipts. */
const PLACES_PER_RECEIPT = 77 / 195;
const ALREADY_WRITTEN_SHARE = 0.03;
/** Together about 8,000 rows beside 20,000 receipts. */
const otherRows = { imagesPerImage: 0.225, receiptsPerReceipt: 0.15, wordsPerReceipt: 0.1 } as const;

type Draft = Omit<Receipt, 'place'> & { place?: SamplePlace };

/** Images have one to three receipts. */
function draftReceipts(random: Random, count: number): Draft[] {
  const receiptsOf = weightedIndex([0.6, 0.3, 0.1]);
  const drafts: Draft[] = [];
  while (drafts.length < count) {
    const imageId = random.uuid();
    const onImage = Math.min(count - drafts.length, 1 + receiptsOf(random.next()));
    for (let receiptId = 1; receiptId <= onImage; receiptId += 1) drafts.push({ imageId, receiptId });
  }
  return drafts;
}

/** At most one flaw of the place id for each receipt, the rare ones first. */
function spoil(random: Random, drafts: Draft[]): void {
  const shuffled = random.shuffle([...drafts]);
  let next = 0;
  for (const [flaw, count] of Object.entries(flawCounts) as [RareFlaw, number][]) {
    for (let number = 0; number < count; number += 1) {
      const draft = shuffled[next++];
      if (draft) draft.rare = { flaw, number };
    }
  }
  for (const draft of drafts) if (!draft.rare) draft.placeIdFlaw = drawFlaw(random, flawShares.placeId);
}

/** Every place has one sound receipt at least; the rest is shared out by Zipf's law. */
function settle(random: Random, drafts: Draft[], places: SamplePlace[]): Receipt[] {
  const byPopularity = weightedIndex(places.map((_, rank) => 1 / (rank + 5)));
  const sound = random.shuffle(drafts.filter(({ rare, placeIdFlaw }) => !rare && !placeIdFlaw));
  for (const [index, place] of places.entries()) {
    const draft = sound[index];
    if (draft) draft.place = place;
  }
  return drafts.map((draft) => ({ ...draft, place: draft.place ?? (places[byPopularity(random.next())] as SamplePlace) }));
}

function emptyCounts(): SampleCounts {
  const flawNames = [...Object.values(flawShares).flatMap((group) => Object.keys(group)), ...Object.keys(flawCounts)] as FlawName[];
  return {
    types: {},
    statuses: { MATCHED: 0, UNSURE: 0, NO_MATCH: 0, absent: 0 },
    flaws: Object.fromEntries(flawNames.map((name) => [name, 0])) as Record<FlawName, number>,
    withCoordinates: 0,
  };
}

const statusOf = (item: Item): Status | undefined =>
  item.validation_status && 'S' in item.validation_status ? (item.validation_status.S as Status) : undefined;

/** Equal options give equal samples. Items come in the order of their images, which is none. */
export function generateSample({ seed = 1, receipts = 20_000 }: SampleOptions = {}): Sample {
  const random = seededRandom(seed);
  const places = makePlaces(random, Math.max(1, Math.round(receipts * PLACES_PER_RECEIPT)));
  const drafts = draftReceipts(random, receipts);
  spoil(random, drafts);

  const items: Item[] = [];
  const counts = emptyCounts();
  const add = (type: string, item: Item): void => {
    items.push(item);
    counts.types[type] = (counts.types[type] ?? 0) + 1;
  };
  for (const receipt of settle(random, drafts, places)) {
    if (receipt.receiptId === 1 && random.chance(otherRows.imagesPerImage)) add('IMAGE', makeImage(random, receipt));
    if (random.chance(otherRows.receiptsPerReceipt)) add('RECEIPT', makeReceipt(random, receipt));
    if (random.chance(otherRows.wordsPerReceipt)) add('RECEIPT_WORD', makeWord(random, receipt));
    const metadata = makeMetadata(random, receipt, (flaw) => {
      counts.flaws[flaw] += 1;
    });
    add('RECEIPT_METADATA', metadata);
    const status = statusOf(metadata);
    counts.statuses[status ?? 'absent'] += 1;
    if (metadata.latitude && metadata.longitude) counts.withCoordinates += 1;
    // The application writes only what it is sure to have the place of.
    const written = status && !receipt.rare && !receipt.placeIdFlaw && random.chance(ALREADY_WRITTEN_SHARE);
    if (written) add('RECEIPT_PLACE', makeApplicationPlace(random, receipt, receipt.place, status));
  }
  return { items, places: new Map(places.map(({ google }) => [google.id, google])), counts };
}
