import { undoneOverAnyTable } from '../support/rollback-property.ts';

// Dealt out over two files, which run side by side, so that a failure names its seed early and no test runs for long.
for (const seed of [1, 2, 3]) undoneOverAnyTable({ cases: 200, seed });
