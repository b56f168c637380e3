import { undoneOverAnyTable } from '../support/rollback-property.ts';

undoneOverAnyTable({ cases: 40, seed: 20261121 });
