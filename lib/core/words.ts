/** `$1,234.50`. */
export const dollars = (value: number): string =>
  `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

/** `1 item`, `2,000 items`. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${value.toLocaleString('en-US')} ${value === 1 ? one : many}`;

/** `invalid-item 850 · raced 3`, the most frequent first. */
export const tally = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, value]) => `${name} ${value.toLocaleString('en-US')}`)
    .join(' · ');

/** How a person calls a command again, in the same environment. */
export const called = (command: string, environment: string): string =>
  `npx backfill ${command}${environment === 'local' ? '' : ` -e ${environment}`}`;
