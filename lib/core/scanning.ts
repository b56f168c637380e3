import { allowance, workPage } from './page.ts';
import type { Trade } from './segment.ts';
import { takeOver } from './takeover.ts';

/** What a run does with its segments. */
export const scanning: Trade = { takeOver, hasWork: (state) => allowance(state) !== 0, workPage };
