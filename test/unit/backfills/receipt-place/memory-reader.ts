import type { IndexQuery, ItemReader } from '../../../../lib/core/checks.ts';
import type { Native } from '../../../../lib/core/result.ts';

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const keyOf = (row: Native, index: string): string => [row[`${index}SK`], row.PK, row.SK].join('\n');

/** A table and its four indexes in memory. `largestPage` stands for the 1 MB that DynamoDB gives at most. */
export function memoryReader(rows: readonly Native[], largestPage = 40): ItemReader {
  return {
    async *scan() {
      yield* [...rows].sort((a, b) => order(`${a.PK}\n${a.SK}`, `${b.PK}\n${b.SK}`));
    },
    async queryIndex({ index, partition, prefix, limit = largestPage, from }: IndexQuery) {
      const matching = rows
        .filter((row) => row[partition.name] === partition.value)
        .filter((row) => typeof row[`${index}SK`] === 'string')
        .filter((row) => prefix === undefined || String(row[prefix.name]).startsWith(prefix.value))
        .sort((a, b) => order(keyOf(a, index), keyOf(b, index)));
      const rest = from === undefined ? matching : matching.filter((row) => keyOf(row, index) > String(from.after));
      const items = rest.slice(0, limit);
      const last = items.at(-1);
      return { items, ...(last && rest.length > limit && { next: { after: keyOf(last, index) } }) };
    },
  };
}
