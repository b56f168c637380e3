import fc from 'fast-check';
import { type Demand, deal, isHungry } from '../../../../lib/core/flow/deal.ts';

const demand = (worker: string, change: Partial<Demand> = {}): Demand => ({ worker, use: 10, waited: 1, share: 0, saving: 0, ...change });
const sum = (shares: Record<string, number>): number => Object.values(shares).reduce((all, share) => all + share, 0);

test('the hungry get equal shares', () => {
  expect(deal(90, [demand('a'), demand('b'), demand('c')], 1)).toStrictEqual({ shares: { a: 30, b: 30, c: 30 }, waiting: 0 });
});

test('who is not held back has what it uses and a little room, and the hungry have the rest', () => {
  const { shares } = deal(100, [demand('idle', { use: 0, waited: 0 }), demand('slow', { use: 10, waited: 0 }), demand('busy')], 1);
  expect(shares.idle).toBe(0);
  expect(shares.slow).toBeCloseTo(10.5);
  expect(shares.busy).toBeCloseTo(89.5);
});

test('with nobody hungry, what nobody claims is room for all', () => {
  const { shares } = deal(100, [demand('a', { waited: 0 }), demand('b', { waited: 0 })], 1);
  expect(shares).toStrictEqual({ a: 50, b: 50 });
});

test('a budget too small for all is for some of them, who keep their turn; a debt is made good first', () => {
  const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((worker) => demand(worker));
  expect(deal(6, many, 1).waiting).toBe(0);
  expect(deal(5, many, 1)).toStrictEqual({ shares: { a: 2.5, b: 2.5, c: 0, d: 0, e: 0, f: 0 }, waiting: 4 });
  const [a, b, c, d, e, f] = many as [Demand, Demand, Demand, Demand, Demand, Demand];
  const some = [a, b, { ...c, share: 1 }, { ...d, saving: 300 }, e, f];
  expect(deal(5, some, 1).shares).toStrictEqual({ c: 2.5, d: 2.5, a: 0, b: 0, e: 0, f: 0 });
  expect(deal(5, [a, b], 390)).toMatchObject({ shares: { a: 5, b: 0 }, waiting: 1 });
});

test('any deal: together the limit, never less than nothing, and max-min fair among the hungry', () => {
  const anyDemand = fc.record({
    use: fc.double({ min: 0, max: 500, noNaN: true }),
    waited: fc.double({ min: 0, max: 1, noNaN: true }),
    share: fc.double({ min: 0, max: 500, noNaN: true }),
    saving: fc.constant(0),
  });
  const cases = fc.record({
    limit: fc.double({ min: 0.1, max: 40_000, noNaN: true }),
    demands: fc.array(anyDemand, { minLength: 1, maxLength: 30 }),
  });
  fc.assert(
    fc.property(cases, ({ limit, demands }) => {
      const named = demands.map((one, index) => ({ ...one, worker: `w${index}` }));
      const { shares, waiting } = deal(limit, named, 1);
      expect(sum(shares)).toBeGreaterThan(0.999 * limit);
      expect(sum(shares)).toBeLessThan(1.001 * limit);
      expect(Math.min(...Object.values(shares))).toBeGreaterThanOrEqual(0);
      expect(Object.keys(shares)).toHaveLength(named.length);
      // Nobody who waits all the time has less than somebody else who has a share, unless it waits for its turn.
      const starving = named.filter(({ waited, worker }) => waited >= 0.5 && shares[worker] !== 0);
      const least = Math.min(...starving.map(({ worker }) => shares[worker] as number));
      const others = named.filter((one) => !isHungry(one)).map(({ worker }) => shares[worker] as number);
      for (const other of others) expect(other).toBeLessThanOrEqual(least + 1e-6);
      expect(waiting).toBeLessThan(named.length);
    }),
  );
});
