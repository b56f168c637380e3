import { hanging, wrap } from './text.ts';

/** Parts of what a command prints: under a heading, and indented. */

const INDENT = '    ';

/** Columns side by side, numbers to the right, the last one wrapped below itself. */
export function section(
  heading: string,
  rows: readonly (readonly [name: string, value: string, more: string])[],
  columns: number,
  indent = INDENT,
): string[] {
  const width = Math.max(0, ...rows.map(([, value]) => value.length));
  const padded = rows.map(([name, value, more]) => [name, value.padStart(width), more]);
  return [`  ${heading}`, ...hanging(padded, columns - indent.length).map((line) => `${indent}${line}`)];
}

export const prose = (text: string, columns: number): string[] => wrap(text, columns - INDENT.length).map((line) => `${INDENT}${line}`);

/** A command that is wider than the screen goes on in the next line, as a shell takes it. */
export function command(words: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && INDENT.length + last.length + word.length + 3 <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `  ${word}`);
  }
  return lines.map((line, index) => `${INDENT}${line}${index === lines.length - 1 ? '' : ' \\'}`);
}
