import type { AttributeValue } from '../core/attribute-value.ts';
import type { Codec } from '../core/ports.ts';

/** For text and numbers, which is all that simulated items have. */
export const codec: Codec = {
  toNative: (item) =>
    Object.fromEntries(Object.entries(item).map(([name, value]) => [name, 'N' in value ? Number(value.N) : textOf(value)])),
  toItem: (native) =>
    Object.fromEntries(
      Object.entries(native).map(([name, value]) => [name, typeof value === 'number' ? { N: String(value) } : { S: String(value) }]),
    ),
};

const textOf = (value: AttributeValue): string | undefined => ('S' in value ? value.S : undefined);
