import { systemClock } from '../../lib/adapters/clock.ts';
import { cloudWatchClient } from '../../lib/adapters/cloudwatch/client.ts';
import { cloudWatchConsumption } from '../../lib/adapters/cloudwatch/consumption.ts';

/** Whoever works on segments may be the one who governs, and asks what others take. */
export const consumption = cloudWatchConsumption(cloudWatchClient(), systemClock);
