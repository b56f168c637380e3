import { createHash } from 'node:crypto';
import type { Control, Deal } from '../records/control.ts';
import type { Owner, RunRecord } from '../records/run.ts';
import type { Clock } from '../retry.ts';
import { isRunWide, type Throttle, throttleName } from '../throttle.ts';
import { addUnits, totalUnits } from '../write-units.ts';
import { budgetsOf, RESOURCES, type Resource } from './budgets.ts';
import { Limiter } from './limiter.ts';
import { floorOf, lookEveryMs, patienceMs } from './looks.ts';
import { type Flow, UNKNOWN_MEAN, type WorkerReport } from './report.ts';
import { SlowStart } from './slow-start.ts';

/** Shares that were dealt out longer ago are nobody's any more, for nobody governs: every worker has an equal part. */
export const STALE_MS = 10_000;

/**
 * By so many looks after it was dealt out every worker has heard of its share, and all of them go over to it together: else those who got more
 * would have it while others still had what they lost. Only a limit that was cut holds as soon as it is heard of.
 */
const HEARD_LOOKS = 1.1;

/** A worker that is throttled goes so much slower at once, and for so long, without waiting for the governor. */
const CUT_TO = 0.5;
const CUT_MS = 1_500;

/** What was sent before a cut was felt is no reason for another. */
const CUT_AGAIN_MS = 1_000;

/** What a worker uses is averaged from one report to the next, or over so long where it does not report. */
const LATELY_MS = 2_000;

/** Over less than this an average says nothing. */
const LEAST_MS = 500;

/** A page's writes take a worker's share of so long at most, one item's apart. */
const PAGE_SECONDS = 30;

const OPERATIONS = { writeUnits: 'write', readUnits: 'read', calls: null } as const satisfies Record<Resource, Throttle['operation']>;

/** What a worker has heard lately of what it may use. `stale`: that nobody has dealt out anything for long; `none`: nothing, for it cannot read the ledger. */
export type News = 'fresh' | 'stale' | 'none';

/** Short, for a control item has one for each worker; of the process, whatever segments it works on. */
export const workerName = ({ host, pid }: Pick<Owner, 'host' | 'pid'>): string =>
  createHash('sha256').update(`${host}/${pid}`).digest('hex').slice(0, 10);

/**
 * What one process may use of a run's budgets, and has used. One for all segments that it works on, and kept from one invocation to the next.
 */
export class WorkerFlow {
  readonly worker: string;
  readonly #clock: Clock;
  readonly #concurrency: number;
  readonly #start: SlowStart;
  readonly #limiters: Record<Resource, Limiter>;
  readonly #lately: Record<Resource, { at: number; used: number; rate: number }>;
  readonly #cutAt = perResource(() => Number.NEGATIVE_INFINITY);
  readonly #unitsByIndex: Record<string, number> = {};
  readonly #throttledAt: Record<string, number> = {};
  #serviceAt: number | null = null;
  /** Of the whole run, as they were heard of last; `null`: there was none. */
  readonly #limits: Record<Resource, number | null> = perResource(() => null);
  #busy = 0;
  #reportedAt: number;
  #isLimited = false;
  /** Goes by what was heard last again, now that it is stale. */
  #obeyAgain: () => void = () => undefined;
  #heardAt = Number.NEGATIVE_INFINITY;
  #staleAt = Number.POSITIVE_INFINITY;

  constructor(owner: Pick<Owner, 'host' | 'pid'>, concurrency: number, clock: Clock) {
    this.worker = workerName(owner);
    this.#clock = clock;
    this.#concurrency = Math.max(1, concurrency);
    this.#reportedAt = clock.now();
    this.#start = new SlowStart(1 / this.#concurrency);
    this.#limiters = perResource(
      (resource) => new Limiter(clock, resource === 'writeUnits' ? this.#start : null, resource === 'readUnits'),
    );
    this.#lately = perResource(() => ({ at: clock.now(), used: 0, rate: 0 }));
  }

  /** Whether anything is shared out, or was throttled: then the governor should hear of it, and soon. */
  get isLimited(): boolean {
    return this.#isLimited || Object.keys(this.#throttledAt).length > 0 || this.#serviceAt !== null;
  }

  get busy(): boolean {
    return this.#busy > 0;
  }

  /** A segment more, or one less, is worked on. */
  enter(): void {
    this.#busy += 1;
    this.#start.begin(this.#busy / Math.max(this.#busy, this.#concurrency));
  }
  leave(): void {
    this.#busy -= 1;
  }

  /** Goes by what the control item says from now on. `heardAt`: when it was read. */
  obey(run: Pick<RunRecord, 'options'>, control: Control, heardAt = this.#clock.now()): void {
    // Another segment has heard something newer since.
    if (heardAt < this.#heardAt) return;
    this.#heardAt = heardAt;
    const now = this.#clock.now();
    const budgets = budgetsOf(run, control);
    const flow = control.findings?.flow ?? null;
    const unheardAt = heardAt + patienceMs(this.#concurrency);
    const news = now > unheardAt ? 'none' : !flow || now - flow.at > STALE_MS ? 'stale' : 'fresh';
    this.#staleAt = { none: Number.POSITIVE_INFINITY, stale: unheardAt, fresh: Math.min(unheardAt, (flow?.at ?? 0) + STALE_MS) }[news];
    this.#obeyAgain = () => this.obey(run, control, heardAt);
    this.#isLimited = budgets.reserve !== null;
    for (const resource of RESOURCES) {
      const deal = flow?.deals[resource];
      const limiter = this.#limiters[resource];
      const rate = shareOf(this.worker, budgets[resource], deal, news, this.#concurrency);
      if (rate !== null) this.#isLimited = true;
      // What throttles have taught is only about right: there it counts more to be quick.
      const isBorne = flow?.ceilings[resource] !== undefined;
      const limit = deal ? limitOf(deal, budgets[resource]) : null;
      const last = this.#limits[resource];
      this.#limits[resource] = limit;
      const isCut = (limit ?? 0) < (last ?? 0) && (rate ?? 0) < (limiter.share ?? Number.POSITIVE_INFINITY);
      const isAtOnce = !flow || news !== 'fresh' || isBorne || isCut || limit === null || last === null;
      limiter.setRate(rate, isAtOnce ? undefined : flow.at + HEARD_LOOKS * lookEveryMs(this.#concurrency));
      limiter.setBorne(isBorne);
    }
  }

  /** How many writes may be sent at once. */
  batchOf(most: number): number {
    return this.#limiters.writeUnits.atOnce(most);
  }

  /** Milliseconds that a segment's equal part of the share takes for so many writes; 0: there is no share. */
  turnMs(count: number): number {
    const { share, mean } = this.#limiters.writeUnits;
    return share === null || share <= 0 ? 0 : (1_000 * count * Math.max(1, this.#busy) * (mean ?? 0)) / share;
  }

  /** How many items a page shall have so that its writes take a worker's share of about half a minute: what is begun must be ended before its invocation is. */
  pageOf(most: number): number {
    const { share, mean } = this.#limiters.writeUnits;
    if (share === null) return most;
    return Math.max(1, Math.min(most, Math.ceil((share * PAGE_SECONDS) / Math.max(mean ?? UNKNOWN_MEAN, 1))));
  }

  /** Waits until `count` writes, pages or calls may be made; then say with `used` what they took. */
  take(resource: Resource, count: number, signal?: AbortSignal): Promise<number> {
    // Of a ledger that does not answer nothing is heard, while others are dealt what this worker had.
    if (this.#clock.now() > this.#staleAt) this.#obeyAgain();
    return this.#limiters[resource].take(count, signal);
  }

  /** `taken` for `count` of them that were carried out has become so many units of the table and its indexes. `lost`: see `Limiter`. */
  used(resource: Resource, taken: number, units: number | Readonly<Record<string, number>>, count: number, lost = 0): void {
    const sum = typeof units === 'number' ? units : totalUnits(units);
    this.#limiters[resource].settle(taken, sum, count, lost);
    if (resource === 'writeUnits' && typeof units !== 'number') addUnits(this.#unitsByIndex, units);
    this.#average(resource, LATELY_MS);
  }

  /** A limit of the whole run makes this worker slower at once, for a moment; the governor knows by how much in all. */
  throttled(told: Throttle, resource: Resource): void {
    const now = this.#clock.now();
    // What names no operation is of the one that was called: a scan that is refused is no reason to write slower.
    const throttle = { ...told, operation: told.operation ?? OPERATIONS[resource] };
    this.#throttledAt[throttleName(throttle)] = now;
    if (!isRunWide(throttle)) return;
    const limiter = this.#limiters[resource];
    limiter.refuse();
    const { rate } = this.#lately[resource];
    const present = limiter.rate ?? Number.POSITIVE_INFINITY;
    if (now - this.#cutAt[resource] < CUT_AGAIN_MS || rate <= 0) return;
    this.#cutAt[resource] = now;
    limiter.cut(CUT_TO * Math.min(rate, present), CUT_MS);
  }

  /** The outside service has answered that it is asked too often. Whoever asked waits as it was told to; the governor says so. */
  askedTooOften(): void {
    this.#serviceAt = this.#clock.now();
  }

  /** What to tell the governor, if it was not told within `everyMs`, or if this worker has just left its last segment. */
  report(everyMs: number): WorkerReport | undefined {
    const now = this.#clock.now();
    const since = now - this.#reportedAt;
    if (!this.isLimited || (since < everyMs && this.busy)) return undefined;
    this.#reportedAt = now;
    return {
      worker: this.worker,
      at: now,
      busy: this.busy,
      flows: perResource((resource) => this.#flowOf(resource, since)),
      unitsByIndex: { ...this.#unitsByIndex },
      throttledAt: { ...this.#throttledAt },
      serviceAt: this.#serviceAt,
    };
  }

  #flowOf(resource: Resource, sinceMs: number): Flow {
    const limiter = this.#limiters[resource];
    this.#average(resource, LEAST_MS);
    return {
      used: limiter.drawn,
      use: this.#lately[resource].rate,
      waited: limiter.takeWaited(sinceMs),
      mean: limiter.mean ?? 0,
      saving: limiter.saving,
    };
  }

  #average(resource: Resource, leastMs: number): void {
    const lately = this.#lately[resource];
    const now = this.#clock.now();
    const { used } = this.#limiters[resource];
    const passed = now - lately.at;
    if (passed <= leastMs) return;
    this.#lately[resource] = { at: now, used, rate: ((used - lately.used) / passed) * 1_000 };
  }
}

const perResource = <T>(make: (resource: Resource) => T): Record<Resource, T> => ({
  writeUnits: make('writeUnits'),
  readUnits: make('readUnits'),
  calls: make('calls'),
});

const limitOf = ({ limit }: Pick<Deal, 'limit'>, budget: number | null): number => Math.min(limit, budget ?? Number.POSITIVE_INFINITY);

/**
 * What a worker may use by the second; `null`: as much as it can.
 * Nothing dealt out lately: an equal part of the budget, as though all workers there can be were at work; nothing heard: the floor. A budget that was cut since the shares
 * were dealt out cuts each of them by as much, at once; one that was raised or taken away has its effect with the next deal, for only the governor
 * knows what else holds the run back.
 */
export function shareOf(worker: string, budget: number | null, deal: Deal | undefined, news: News, concurrency: number): number | null {
  if (!deal && budget === null) return null;
  if (news === 'none') return floorOf(deal ? limitOf(deal, budget) : (budget ?? 0), concurrency);
  if (!deal) return (budget ?? 0) / concurrency;
  const limit = limitOf(deal, budget);
  if (news === 'stale') return limit / Math.max(concurrency, deal.workers ?? 0);
  const share = deal.shares[worker] ?? deal.newcomer;
  return deal.limit === 0 ? 0 : (share * limit) / deal.limit;
}
