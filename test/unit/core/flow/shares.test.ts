import fc from 'fast-check';
import { nothingShared } from '../../../../lib/core/flow/share-out.ts';
import { joinedShares, type Shares, sharesIn, sharesOfSome, withShares } from '../../../../lib/core/flow/shares.ts';

const byWorker = fc.dictionary(fc.constantFrom('a1', 'b2', 'c3', 'd4', 'e5'), fc.integer({ min: 0, max: 100 }), { minKeys: 1 });
const anyShares: fc.Arbitrary<Shares> = fc.record({ writeUnits: byWorker, readUnits: byWorker, calls: byWorker }, { requiredKeys: [] });

/** As `toStrictEqual` wants it: dictionaries of fast-check have no prototype. */
const plain = (shares: Shares): Shares => JSON.parse(JSON.stringify(shares));

test('what is parted by worker comes together again, and nobody is in two groups', () => {
  fc.assert(
    fc.property(anyShares, fc.integer({ min: 1, max: 4 }), (shares, count) => {
      const groups = Array.from({ length: count }, (_, group) =>
        sharesOfSome(shares, (worker) => Number(worker.slice(-1)) % count === group),
      );
      const all = groups.flatMap((group) => Object.values(group).flatMap((some) => Object.keys(some)));
      expect(all).toHaveLength(Object.values(shares).flatMap((some) => Object.keys(some)).length);
      expect(joinedShares(groups)).toEqual(plain(shares));
    }),
  );
});

test('shares are put in and taken out; of what was not dealt out there are none', () => {
  const deal = { limit: 10, shares: { a: 4, b: 6 }, newcomer: 1 };
  const flow = { ...nothingShared, at: 0, deals: { writeUnits: deal } };
  expect(sharesIn(flow)).toStrictEqual({ writeUnits: { a: 4, b: 6 } });
  expect(withShares(flow, { writeUnits: { a: 4 }, calls: { a: 1 } }).deals).toStrictEqual({ writeUnits: { ...deal, shares: { a: 4 } } });
  expect(withShares(flow, {}).deals).toStrictEqual({ writeUnits: { ...deal, shares: {} } });
});
