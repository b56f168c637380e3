import { trafficMeter } from '../../../../lib/adapters/dynamodb/traffic.ts';
import { boundsBy, mostOf, TrafficSeen } from '../../../../lib/core/flow/traffic.ts';
import { MemoryKeeper } from '../../../support/memory-ports.ts';

const NONE = mostOf(null, 0, 0);
const PROVISIONED = { mode: 'provisioned' as const, capacity: { '': 1_000, GSI1: 200 }, consumed: null };
const least = (bounds: readonly { limit: number }[]): number => Math.min(...bounds.map(({ limit }) => limit));

test('a reserve leaves its share of the table and of each index; the tighter one holds', () => {
  const bounds = boundsBy(PROVISIONED, { reserve: 0.3, ramp: true }, { '': 0.5, GSI1: 0.5 }, NONE);
  expect(bounds).toStrictEqual([
    { by: 'reserve', index: null, limit: 1_400 },
    { by: 'reserve', index: 'GSI1', limit: 280 },
  ]);
});

test('an index that the run does not write bounds nothing; before anything was written, all are taken for equal', () => {
  expect(least(boundsBy(PROVISIONED, { reserve: 0.3, ramp: true }, { '': 1 }, NONE))).toBe(700);
  expect(least(boundsBy(PROVISIONED, { reserve: 0.3, ramp: true }, {}, NONE))).toBe(280);
});

test('others who use more than the reserve have it, and a tenth more; what the run itself took is not theirs', () => {
  const traffic = { ...PROVISIONED, consumed: { '': 900 } };
  const most = mostOf(null, 400, 0);
  expect(boundsBy(traffic, { reserve: 0.3, ramp: true }, { '': 1 }, most)[0]?.limit).toBeCloseTo(1_000 - 1.1 * 500);
  expect(boundsBy({ ...traffic, consumed: { '': 5_000 } }, { reserve: 0.3, ramp: true }, { '': 1 }, NONE)[0]?.limit).toBe(1);
});

test('on demand: what the table is ready for, then twice what was reached before this half hour, unless told', () => {
  const warm = { mode: 'warm' as const, capacity: { '': 4_000 }, consumed: null };
  const limit = (most: typeof NONE) => boundsBy(warm, { reserve: null, ramp: true }, { '': 1 }, most)[0];
  const first = mostOf(null, 4_000, 0);
  expect(limit(first)).toStrictEqual({ by: 'ramp', index: null, limit: 4_000 });
  const second = mostOf(mostOf(first, 3_900, 29 * 60_000), 3_900, 30 * 60_000);
  expect(limit(second)?.limit).toBe(8_000);
  expect(boundsBy(warm, { reserve: null, ramp: false }, { '': 1 }, second)).toStrictEqual([]);
  expect(boundsBy(PROVISIONED, { reserve: null, ramp: true }, { '': 1 }, second)).toStrictEqual([]);
});

test('the most of the last minutes is forgotten after four', () => {
  const minute = 60_000;
  const later = mostOf(mostOf(mostOf(null, 900, 0), 100, 2 * minute), 100, 4 * minute);
  expect([later.minutes, later.minutesBefore]).toStrictEqual([100, 100]);
});

test('is asked for once a minute; what cannot be had is as it was', async () => {
  const keeper = new MemoryKeeper();
  const seen = new TrafficSeen();
  const traffic = { mode: 'provisioned', capacity: { '': 5 }, consumed: null };
  expect(await seen.look(trafficMeter(keeper), 0)).toStrictEqual(traffic);
  keeper.units = {};
  expect(await seen.look(trafficMeter(keeper), 59_999)).toStrictEqual(traffic);
  keeper.writeCapacity = async () => {
    throw new Error('no answer');
  };
  expect(await seen.look(trafficMeter(keeper), 60_000)).toStrictEqual(traffic);
  expect(await new TrafficSeen().look(trafficMeter(Object.assign(new MemoryKeeper(), { units: {} })), 0)).toBeNull();
});
