import type { AttributeValue } from '../../core/attribute-value.ts';
import type { Write } from '../../core/write.ts';

const isDocument = (value: AttributeValue | null): boolean => value !== null && ('L' in value || 'M' in value);

/** Whether a write's condition compares lists or maps. */
export const holdsDocuments = (write: Write): boolean =>
  write.kind !== 'create' && Object.values(write.kind === 'update' ? write.expect : write.item).some(isDocument);
