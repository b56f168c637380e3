import { stripVTControlCharacters, styleText } from 'node:util';
import { dollars, plural } from '../../core/words.ts';

/** Colours only where a person looks: not in a pipe, not with NO_COLOR. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

export const painter = (colours: boolean): Paint => (colours ? (style, text) => styleText(style, text) : (_, text) => text);

/** Less than a cent is not nothing. */
export const money = (value: number): string => (value > 0 && value < 0.005 ? '<$0.01' : dollars(value));

/** `812 bytes`, `24.3 MB`; a KB has 1,024 bytes, as for DynamoDB. */
export function bytes(value: number): string {
  if (value < 1024) return plural(value, 'byte');
  const power = Math.min(UNITS.length, Math.floor(Math.log(value) / Math.log(1024)));
  return `${(value / 1024 ** power).toLocaleString('en-US', { maximumFractionDigits: 1 })} ${UNITS[power - 1]}`;
}

const UNITS = ['KB', 'MB', 'GB', 'TB', 'PB'];

/** Never 100 % before everything is done. */
export const percent = (share: number): string => `${Math.floor(Math.min(1, share) * 100 + 1e-9)} %`;

/** With a decimal; never 0 % or 100 % of what is not exactly that. */
export function sharePercent(share: number): string {
  if (share === 0 || share === 1) return `${share * 100} %`;
  const tenths = Math.floor(share * 1000 + 1e-9);
  return tenths === 0 ? '<0.1 %' : `${(tenths / 10).toFixed(1)} %`;
}

export function bar(share: number, width: number): string {
  const full = Math.floor(Math.max(0, Math.min(1, share)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** `production (practice)`: its rules, on this machine. */
export const environmentName = (environment: string, isAtHand: boolean): string =>
  isAtHand && environment !== 'local' ? `${environment} (practice)` : environment;

export { called, count, dollars, duration, plural, rate, tally } from '../../core/words.ts';

/** Cuts to so many columns, with an ellipsis. A painted text that must be cut loses its colours. */
export function clip(text: string, width: number): string {
  const plain = stripVTControlCharacters(text);
  return plain.length <= width ? text : `${plain.slice(0, Math.max(0, width - 1))}…`;
}

/** Whole words, as many to a line as it holds. */
export function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) as string;
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

/** Columns side by side, each as wide as its widest cell; the last one is not padded. */
export function table(rows: readonly (readonly string[])[], gap = '  '): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map((row) => row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join(gap));
}

/** A last column narrower than this is hard to read, and goes below its row. */
const LEAST_COLUMN = 20;

/** The same within so many columns: what the last one lacks room for goes on below itself. */
export function hanging(rows: readonly (readonly string[])[], width: number, gap = '  '): string[] {
  const firsts = table(
    rows.map((row) => [...row.slice(0, -1), '']),
    gap,
  );
  return rows.flatMap((row, index) => {
    const first = firsts[index] ?? '';
    const last = row.at(-1) ?? '';
    const room = width - first.length;
    if (last === '') return [first.trimEnd()];
    const indent = room < LEAST_COLUMN ? gap.length : first.length;
    const [begin = '', ...others] = wrap(last, width - indent);
    const below = others.map((line) => ' '.repeat(indent) + line);
    return room < LEAST_COLUMN ? [first.trimEnd(), ' '.repeat(indent) + begin, ...below] : [first + begin, ...below];
  });
}
