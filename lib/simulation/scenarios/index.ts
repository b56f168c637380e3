import type { Scenario } from '../scenario.ts';
import { cut } from './cut.ts';
import { forecasts } from './forecast.ts';
import { giant } from './giant.ts';
import { hotPartition } from './hot-partition.ts';
import { lostWorkers } from './lost-workers.ts';
import { oneKeyIndex } from './one-key-index.ts';
import { ramp } from './ramp.ts';
import { reserve } from './reserve.ts';
import { shift } from './shift.ts';
import { steady } from './steady.ts';
import { storm } from './storm.ts';

/** All that is claimed, in the order in which it is printed. */
export const scenarios: readonly Scenario[] = [
  steady,
  cut,
  shift,
  storm,
  hotPartition,
  oneKeyIndex,
  reserve,
  lostWorkers,
  giant,
  ramp,
  forecasts,
];
