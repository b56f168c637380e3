import { type AttributeValue, fromJson } from '../../core/attribute-value.ts';
import type { Example } from '../../core/rehearsal.ts';
import { exampleKeyText, valueText } from './items.ts';
import { clip, type Paint } from './text.ts';

/** So many are shown unless all are asked for. */
export const EXAMPLES_SHOWN = 3;

type Attributes = Readonly<Record<string, Parameters<typeof fromJson>[0] | null>>;

/** A line each; the entries of a map have one each, too. */
function linesOf(name: string, value: AttributeValue | undefined): string[] {
  if (value === undefined) return [`${name}  nothing`];
  if ('M' in value && Object.keys(value.M).length > 0)
    return Object.entries(value.M).map(([inner, one]) => `${name}.${inner}  ${valueText(one)}`);
  return [`${name}  ${valueText(value)}`];
}

/** What a few items would become: an attribute a line, as it is and as it would be; before them, in gray, what an update goes by and leaves. */
export function exampleLines(examples: readonly Example[], paint: Paint, columns: number): string[] {
  const image = (json: unknown, name: string): AttributeValue | undefined => {
    const value = (json as Attributes | null)?.[name];
    return value ? fromJson(value) : undefined;
  };
  return examples.flatMap((example) => {
    const { op, before, after, reads } = example;
    const kept = Object.keys((reads ?? {}) as Attributes).flatMap((name) => linesOf(name, image(reads, name)));
    const lines = Object.keys(after as Attributes).flatMap((name) => [
      ...(op === 'update' ? linesOf(name, image(before, name)).map((line) => [paint('red', '-'), line] as const) : []),
      ...linesOf(name, image(after, name)).map((line) => [paint('green', '+'), line] as const),
    ]);
    const head = `  ${op === 'create' ? 'would be created' : 'would change'}  ${exampleKeyText(example)}`;
    return [
      clip(head, columns),
      ...kept.map((line) => `      ${paint('gray', clip(line, columns - 6))}`),
      ...lines.map(([mark, line]) => `    ${mark} ${clip(line, columns - 6)}`),
      '',
    ];
  });
}
