import { Consumption } from './consumption.ts';

/** What went on at the table, as the table itself saw it. */
export class Observed {
  /** Write units of the run, table and indexes together, as the bill counts them. */
  readonly units: Consumption;
  /** Write units that others took. */
  readonly liveUnits: Consumption;
  /** Read units of the run. */
  readonly readUnits: Consumption;
  /** Writes of the run that were sent, each try of each, and those of them that were refused. */
  readonly writes: Consumption;
  readonly throttled: Consumption;
  /** The most units of a single batch. */
  readonly largestBatch: Consumption;
  /** Milliseconds that others' requests took, retries included, and how many of those were throttled at first. */
  readonly liveMs: number[] = [];
  liveThrottled = 0;
  /** Refused writes of the run by what refused them, such as `table write key-range`. */
  readonly refusals: Record<string, number> = {};
  /** Seconds in which the run itself said that so and so held it back, such as `budget`. */
  readonly heldBack: Record<string, number> = {};

  constructor(start: number) {
    const sums = (): Consumption => new Consumption(start);
    this.units = sums();
    this.liveUnits = sums();
    this.readUnits = sums();
    this.writes = sums();
    this.throttled = sums();
    this.largestBatch = new Consumption(start, Math.max);
  }
}
