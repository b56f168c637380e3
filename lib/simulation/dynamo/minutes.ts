import { MINUTE_MS, startOfMinute } from '../../core/minute.ts';

/** Units that were taken, by the minute, as CloudWatch counts them. */
export class Minutes {
  readonly #sums = new Map<number, number>();

  add(units: number, now: number): void {
    const at = startOfMinute(now);
    this.#sums.set(at, (this.#sums.get(at) ?? 0) + units);
  }

  /** Units a second of the minute that began then. */
  at(minute: number): number {
    return (1_000 * (this.#sums.get(minute) ?? 0)) / MINUTE_MS;
  }
}

/** The beginnings of the last hour's minutes, of those that are told by now: the newest come two minutes late. */
export function toldMinutes(now: number): number[] {
  const last = startOfMinute(now) - 3 * MINUTE_MS;
  return Array.from({ length: 58 }, (_, index) => last - (57 - index) * MINUTE_MS);
}
