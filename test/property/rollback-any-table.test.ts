import { undoneOverAnyTable } from '../support/rollback-property.ts';

undoneOverAnyTable({ cases: 60, seed: 20261121 });
