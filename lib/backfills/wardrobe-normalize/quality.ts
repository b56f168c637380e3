import type { Definition } from '../../core/definition.ts';
import type { Native } from '../../core/result.ts';
import { isCurrent, normalizeField } from './normalize.ts';
import { FIELDS, type Field } from './schema.ts';

/** The field holds a text that normalisation leaves something of. */
const hasTexts = (field: Field) => (item: Native) => normalizeField(item[field]).length > 0;

/** What an assessment counts, on items of whatever shape. */
export const quality: Definition['quality'] = {
  ...Object.fromEntries(FIELDS.map((field) => [field, hasTexts(field)])),
  'normalized-current': isCurrent,
  // As the former rollback left it.
  'normalized-null': ({ normalized }) => normalized === null,
};
