import type { Example } from '../../core/rehearsal.ts';
import { clip, type Paint } from './text.ts';

/** So many are shown unless all are asked for. */
export const EXAMPLES_SHOWN = 2;

type Attributes = Readonly<Record<string, unknown>>;

const valueText = (value: unknown): string => (value === null || value === undefined ? 'nothing' : JSON.stringify(value));

/** What a few items would become: an attribute a line, as it is and as it would be. */
export function exampleLines(examples: readonly Example[], paint: Paint, columns: number): string[] {
  return examples.flatMap(({ key, op, before, after }) => {
    const lines = Object.entries(after as Attributes).flatMap(([name, value]) => {
      const was = (before as Attributes | null)?.[name];
      const minus = op === 'update' ? [`    ${paint('red', '-')} ${clip(`${name}  ${valueText(was)}`, columns - 6)}`] : [];
      return [...minus, `    ${paint('green', '+')} ${clip(`${name}  ${valueText(value)}`, columns - 6)}`];
    });
    return [`  ${op === 'create' ? 'would be created' : 'would change'}  ${clip(JSON.stringify(key), columns - 20)}`, ...lines, ''];
  });
}
