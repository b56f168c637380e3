import { undoneOverAnyTable } from '../support/rollback-property.ts';

undoneOverAnyTable({ cases: 30, seed: 20261121 });
