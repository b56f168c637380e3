import { undoneOverAnyTable } from '../support/rollback-property.ts';

// The other half of `rollback-any-table.test.ts`.
for (const seed of [4, 5]) undoneOverAnyTable({ cases: 200, seed });
