import * as z from 'zod/mini';
import type { Counters } from './counters.ts';
import { DAY_MS } from './day.ts';
import type { Answer, ServiceUse } from './definition.ts';
import { BackfillError } from './errors.ts';
import type { WorkerFlow } from './flow/worker-flow.ts';
import type { ServiceCache, ServiceClient, ServiceFault } from './ports.ts';
import { type Backoff, type Clock, type Random, withRetry } from './retry.ts';

export type DeskAnswer = Answer<unknown> | { kind: 'unavailable'; message: string };

export interface ServiceLimits {
  /** Calls under way at once, in this process. */
  inFlight: number;
  /** Milliseconds after which a call counts as a timeout. */
  timeoutMs: number;
  backoff: Backoff;
  /** So many requests given up in a row open the circuit. */
  circuitAfter: number;
}

export const defaultServiceLimits: ServiceLimits = {
  inFlight: 16,
  timeoutMs: 30_000,
  backoff: { attempts: 5, baseMs: 200, capMs: 10_000 },
  circuitAfter: 5,
};

interface DeskDeps {
  // biome-ignore lint/suspicious/noExplicitAny: items of any definition
  use: ServiceUse<any, unknown>;
  client: ServiceClient;
  cache: ServiceCache;
  clock: Clock;
  random: Random;
  limits?: Partial<ServiceLimits>;
  /** What this worker may use. */
  flow?: WorkerFlow | undefined;
}

/** Answers that cost a call just now. */
type Fresh = Map<string, Answer<unknown>>;

class Fault extends Error {
  constructor(readonly fault: ServiceFault) {
    super(fault.message);
  }
}

type Outcome = Awaited<ReturnType<ServiceClient['call']>>;

/**
 * Asks an outside service for many items at once: each request once a process, from the shared cache where it is known,
 * with bounded concurrency, retries, and a circuit that opens when the service is down. One desk serves all segments of a process.
 */
export class ServiceDesk {
  readonly #deps: DeskDeps;
  readonly #limits: ServiceLimits;
  readonly #answers = new Map<string, Promise<DeskAnswer>>();
  readonly #queue: (() => void)[] = [];
  #inFlight = 0;
  #givenUpInARow = 0;
  #open: BackfillError | undefined;

  constructor(deps: DeskDeps) {
    this.#deps = deps;
    this.#limits = { ...defaultServiceLimits, ...deps.limits };
  }

  /**
   * Adds what it cost to `counters`.
   *
   * @throws {BackfillError} `service.unavailable`, `service.quota-spent`, `service.key-refused`: no item should be failed for these, the run holds.
   */
  async ask(requests: readonly string[], counters: Counters, signal: AbortSignal): Promise<Map<string, DeskAnswer>> {
    const { use, cache, clock } = this.#deps;
    const unknown = requests.filter((request) => !this.#answers.has(request));
    const cached = unknown.length > 0 ? this.#stillFitting(await cache.getMany(use.name, unknown)) : new Map<string, Answer<unknown>>();
    counters.serviceCacheHits += requests.length - unknown.length + cached.size;
    const fresh: Fresh = new Map();
    const asked = requests.map(async (request): Promise<[string, DeskAnswer]> => {
      const known = cached.get(request);
      if (known && !this.#answers.has(request)) this.#answers.set(request, Promise.resolve(known));
      return [request, await this.#onceOrAgain(request, fresh, counters, signal)];
    });
    const settled = await Promise.allSettled(asked);
    // Also when some were not answered: what was paid for is kept.
    if (fresh.size > 0) await cache.putMany(use.name, fresh, clock.now() + use.cacheDays * DAY_MS);
    if (this.#open) throw this.#open;
    const rejected = settled.find((entry) => entry.status === 'rejected');
    if (rejected) throw rejected.reason;
    return new Map(settled.map((entry) => (entry as PromiseFulfilledResult<[string, DeskAnswer]>).value));
  }

  /** Answers kept by an older version of the definition may not have today's shape: those are asked for anew. */
  #stillFitting(cached: Map<string, Answer<unknown>>): Map<string, Answer<unknown>> {
    const { answer: schema } = this.#deps.use;
    return new Map([...cached].filter(([, answer]) => answer.kind === 'missing' || z.safeParse(schema, answer.value).success));
  }

  /** A call shared with another segment may die of that segment's stop; ours then makes its own. */
  async #onceOrAgain(request: string, fresh: Fresh, counters: Counters, signal: AbortSignal): Promise<DeskAnswer> {
    for (;;) {
      try {
        return await this.#once(request, fresh, counters, signal);
      } catch (error) {
        if (signal.aborted || this.#open) throw error;
      }
    }
  }

  #once(request: string, fresh: Fresh, counters: Counters, signal: AbortSignal): Promise<DeskAnswer> {
    const known = this.#answers.get(request);
    if (known) return known;
    const asked = this.#call(request, fresh, counters, signal);
    this.#answers.set(request, asked);
    // What did not succeed is not remembered: another page may ask again.
    const forget = () => this.#answers.delete(request);
    asked.then((answer) => answer.kind === 'unavailable' && forget(), forget);
    return asked;
  }

  async #call(request: string, fresh: Fresh, counters: Counters, signal: AbortSignal): Promise<DeskAnswer> {
    const { clock, random } = this.#deps;
    await this.#enter();
    try {
      const answer = await withRetry(
        () => this.#try(request, counters, signal),
        this.#limits.backoff,
        { retries: (error) => retries(error) },
        { clock, random, signal },
      );
      this.#givenUpInARow = 0;
      fresh.set(request, answer);
      return answer;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return this.#giveUp(error.fault);
    } finally {
      this.#leave();
    }
  }

  async #try(request: string, counters: Counters, signal: AbortSignal): Promise<Answer<unknown>> {
    const { use, client, flow } = this.#deps;
    // Before the call's own timeout begins.
    const taken = (await flow?.take('calls', 1, signal)) ?? 0;
    flow?.used('calls', taken, this.#open ? 0 : 1, 1);
    if (this.#open) throw this.#open;
    counters.serviceCalls += 1;
    const outcome = await this.#withTimeout((limited) => client.call(request, limited), signal);
    if (outcome.kind === 'fault') {
      counters.serviceErrors += 1;
      if (outcome.fault.kind === 'transient' && outcome.fault.isThrottle) flow?.askedTooOften();
      throw new Fault(outcome.fault);
    }
    const { answer } = outcome;
    if (answer.kind === 'missing') return answer;
    const parsed = z.safeParse(use.answer, answer.value);
    if (parsed.success) return { kind: 'found', value: parsed.data };
    counters.serviceErrors += 1;
    throw new Fault({
      kind: 'transient',
      message: `the answer does not have the expected shape (${parsed.error.issues[0]?.path.join('.')})`,
    });
  }

  /** An exception of the client's, and no answer in time, are faults that pass. */
  async #withTimeout(call: (limited: AbortSignal) => Promise<Outcome>, signal: AbortSignal): Promise<Outcome> {
    const { timeoutMs } = this.#limits;
    const timeout = new AbortController();
    const answered = new AbortController();
    const late = (): void => timeout.abort(new Error(`no answer within ${timeoutMs} ms`));
    this.#deps.clock.sleep(timeoutMs, answered.signal).then(late, () => undefined);
    try {
      return await call(AbortSignal.any([signal, timeout.signal]));
    } catch (error) {
      signal.throwIfAborted();
      const { message } = (timeout.signal.aborted ? timeout.signal.reason : error) as Error;
      return { kind: 'fault', fault: { kind: 'transient', message } };
    } finally {
      answered.abort();
    }
  }

  #giveUp(fault: ServiceFault): DeskAnswer {
    const { name } = this.#deps.use;
    if (fault.kind === 'quota') {
      const until = new Date(fault.until).toISOString();
      this.#open = new BackfillError('service.quota-spent', `The daily quota of ${name} is spent; it begins anew at ${until}.`, {
        details: { service: name, until },
      });
    } else if (fault.kind === 'refused') {
      this.#open = new BackfillError('service.key-refused', `${name} refuses our key: ${fault.message}.`, { details: { service: name } });
    } else {
      this.#givenUpInARow += 1;
      if (this.#givenUpInARow >= this.#limits.circuitAfter) {
        const message = `${name} is down: ${this.#givenUpInARow} requests in a row were given up, the last with "${fault.message}".`;
        this.#open ??= new BackfillError('service.unavailable', message, { details: { service: name } });
      }
    }
    if (this.#open) throw this.#open;
    return { kind: 'unavailable', message: fault.message };
  }

  async #enter(): Promise<void> {
    if (this.#inFlight >= this.#limits.inFlight) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#inFlight += 1;
  }

  #leave(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#inFlight -= 1;
  }
}

function retries(error: unknown): boolean | number {
  if (!(error instanceof Fault) || error.fault.kind !== 'transient') return false;
  return error.fault.retryAfterMs ?? true;
}
