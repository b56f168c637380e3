import { setTimeout as timeout } from 'node:timers/promises';
import type { Clock } from '../core/retry.ts';

export const systemClock: Clock = {
  now: Date.now,
  async sleep(ms, signal) {
    try {
      await timeout(ms, undefined, { ...(signal && { signal }) });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};
