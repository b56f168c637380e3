import { stripVTControlCharacters, styleText } from 'node:util';

/** Colours only where a person looks: not in a pipe, not with NO_COLOR. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

export const painter = (colours: boolean): Paint => (colours ? (style, text) => styleText(style, text) : (_, text) => text);

/** Never 100 % before everything is done. */
export const percent = (share: number): string => `${Math.floor(Math.min(1, share) * 100 + 1e-9)} %`;

export function bar(share: number, width: number): string {
  const full = Math.floor(Math.max(0, Math.min(1, share)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** `production (practice)`: its rules, on this machine. */
export const environmentName = (environment: string, isAtHand: boolean): string =>
  isAtHand && environment !== 'local' ? `${environment} (practice)` : environment;

export { called, count, dollars, duration, plural, tally } from '../../core/words.ts';

/** Cuts to so many columns, with an ellipsis. A painted text that must be cut loses its colours. */
export function clip(text: string, width: number): string {
  const plain = stripVTControlCharacters(text);
  return plain.length <= width ? text : `${plain.slice(0, Math.max(0, width - 1))}…`;
}

/** Columns side by side, each as wide as its widest cell; the last one is not padded. */
export function table(rows: readonly (readonly string[])[], gap = '  '): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map((row) => row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join(gap));
}
