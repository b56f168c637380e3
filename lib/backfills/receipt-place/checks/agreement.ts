import type { Native } from '../../../core/result.ts';
import type { ReceiptMetadata } from '../schema.ts';
import { foldAccents, presentText } from '../text.ts';
import type { Partition, PartitionCheck } from './partitions.ts';
import { Examples, keyText, nothingToCheck, percent, plural } from './wording.ts';

/** Below this share of agreement, in per cent, a person should look. */
const EXPECTED_AGREEMENT = 80;

/** What is left when case, accents, punctuation and the spelling of "and" do not count. */
const loose = (text: string): string =>
  foldAccents(text)
    .toLowerCase()
    .replace(/&/g, ' and ')
    .replace(/[^\p{L}\p{N}]+/gu, '');

interface Compared {
  name: string;
  /** What is compared, in the singular and in the plural. */
  one: string;
  what: string;
  ofMetadata: (item: ReceiptMetadata) => (string | null | undefined)[];
  ofPlace: (row: Native) => unknown;
  agree: (ofMetadata: string, ofPlace: string) => boolean;
}

/** How often place and metadata say the same. They may differ (Places knows better, receipts abbreviate), so this never fails. */
function agreement({ name, one, what, ofMetadata, ofPlace, agree }: Compared): PartitionCheck {
  const mismatches = new Examples();
  let compared = 0;
  return {
    see({ receipts }: Partition) {
      for (const { item, place } of receipts) {
        if (!item || !place) continue;
        const theirs = ofMetadata(item)
          .map(presentText)
          .filter((text) => text !== null);
        const own = ofPlace(place);
        if (theirs.length === 0 || typeof own !== 'string' || own === '') continue;
        compared += 1;
        if (!theirs.some((text) => agree(loose(text), loose(own)))) mismatches.add(`${keyText(place)}: "${theirs[0]}" and "${own}"`);
      }
    },
    results() {
      if (compared === 0) return [nothingToCheck(name, `receipts with two ${what} to compare`)];
      const agreed = percent(compared - mismatches.total, compared);
      return [
        {
          name,
          status: mismatches.total === 0 ? 'pass' : agreed >= EXPECTED_AGREEMENT ? 'info' : 'warn',
          message: `${agreed} % of ${plural(compared, `${one} agrees`, `${what} agree`)} with the metadata's.`,
          measured: { compared, mismatches: mismatches.total, percent: agreed },
          ...mismatches.field,
        },
      ];
    },
  };
}

export const merchantNameAgreement = (): PartitionCheck =>
  agreement({
    name: 'merchant-name-agreement',
    one: 'merchant name',
    what: 'merchant names',
    ofMetadata: (item) => [item.merchant_name, item.canonical_merchant_name],
    ofPlace: (row) => row.merchant_name,
    agree: (a, b) => a === b,
  });

export const addressAgreement = (): PartitionCheck =>
  agreement({
    name: 'address-agreement',
    one: 'address',
    what: 'addresses',
    ofMetadata: (item) => [item.address, item.canonical_address],
    ofPlace: (row) => row.formatted_address,
    // One may end in the country and the other not.
    agree: (a, b) => a !== '' && b !== '' && (a.startsWith(b) || b.startsWith(a)),
  });
