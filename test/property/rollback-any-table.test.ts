import { undoneOverAnyTable } from '../support/rollback-property.ts';

undoneOverAnyTable({ cases: 20, seed: 20261121 });
