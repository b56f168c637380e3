import { Consumption } from './consumption.ts';

/** Units of one kind, as the bill counts them. */
export class Taken {
  readonly units: Consumption;
  /** The most of a single request. */
  readonly largest: Consumption;

  constructor(start: number) {
    this.units = new Consumption(start);
    this.largest = new Consumption(start, Math.max);
  }

  add(units: number, now: number): void {
    this.units.add(units, now);
    this.largest.add(units, now);
  }
}

/** What went on at the table, as the table itself saw it. */
export class Observed {
  /** By the run's writes, table and indexes together. */
  readonly written: Taken;
  /** Write units that others took. */
  readonly liveUnits: Consumption;
  /** By the run's reads. */
  readonly read: Taken;
  /** Writes of the run that were sent, each try of each, and those of them that were refused. */
  readonly writes: Consumption;
  readonly throttled: Consumption;
  /** Milliseconds that others' requests took, retries included, and how many of those were throttled at first. */
  readonly liveMs: number[] = [];
  liveThrottled = 0;
  /** Refused writes of the run by what refused them, such as `table write key-range`. */
  readonly refusals: Record<string, number> = {};
  /** Seconds in which the run itself said that so and so held it back, such as `budget`. */
  readonly heldBack: Record<string, number> = {};

  constructor(start: number) {
    const sums = (): Consumption => new Consumption(start);
    this.written = new Taken(start);
    this.read = new Taken(start);
    this.liveUnits = sums();
    this.writes = sums();
    this.throttled = sums();
  }
}
