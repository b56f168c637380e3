/** Numbers and spans of time as a person reads them. */

export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

export const plural = (value: number, one: string, many = `${one}s`): string => `${count(value)} ${value === 1 ? one : many}`;

/** A share in per cent, with two digits behind the point where there are any: `5.85 %`; never 0 % of what is more. */
export function rate(share: number): string {
  const percents = Number((100 * share).toFixed(2));
  return share > 0 && percents === 0 ? '<0.01 %' : `${percents} %`;
}

const DAY_MINUTES = 24 * 60;

/** `42 s`, `3 min 20 s`, `2 h 5 min`; from ten days on `12 days`, from two years on `3 years`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const days = Math.floor(minutes / DAY_MINUTES);
  if (days >= 2 * 365) return `${count(Math.floor(days / 365))} years`;
  if (days >= 10) return `${days} days`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `2026-11-21 03:12 UTC`, of a moment in ISO 8601. */
export const minuteOf = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

/** `$1,234.50`. */
export const dollars = (value: number): string =>
  `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

/** `invalid-item 850 · raced 3`, the most frequent first. */
export const tally = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, value]) => `${name} ${value.toLocaleString('en-US')}`)
    .join(' · ');

/** How a person calls a command again, in the same environment. */
export const called = (command: string, environment: string): string =>
  `npx backfill ${command}${environment === 'local' ? '' : ` -e ${environment}`}`;

/** A text with every command that it names in backquotes called in this environment. */
export const calledIn = (words: string, environment: string): string =>
  words.replaceAll(/`npx backfill ([^`]+)`/g, (text, command: string) =>
    / (-e|--environment)\b/.test(command) ? text : `\`${called(command, environment)}\``,
  );
