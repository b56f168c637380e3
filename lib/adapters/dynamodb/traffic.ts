import type { TrafficMeter } from '../../core/flow/traffic.ts';
import type { CapacityKeeper } from '../../core/ports.ts';

/** What a table and its indexes were given, or are ready for. What others use of it is not asked: the reserve is left to them, however much they use. */
export const trafficMeter = (keeper: Pick<CapacityKeeper, 'writeCapacity'>): TrafficMeter => ({
  async read() {
    const { mode, units } = await keeper.writeCapacity();
    return Object.keys(units).length === 0 ? null : { mode, capacity: units, consumed: null };
  },
});
