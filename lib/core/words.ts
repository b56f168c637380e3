/** `invalid-item 850 · raced 3`, the most frequent first. */
export const tally = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, value]) => `${name} ${value.toLocaleString('en-US')}`)
    .join(' · ');
