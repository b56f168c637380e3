import { bump } from '../core/counters.ts';
import { dispatchOrder } from '../core/dispatch-order.ts';
import { noBudgets } from '../core/flow/budgets.ts';
import { dealFirst } from '../core/flow/first-deal.ts';
import { tune } from '../core/flow/tune.ts';
import type { Ports } from '../core/ports.ts';
import type { RunRecord } from '../core/records/run.ts';
import type { SegmentRecord } from '../core/records/segment.ts';
import { rehearsing } from '../core/rehearsal.ts';
import { numbers } from '../core/rounds.ts';
import { newRun, plainOptions } from '../core/run.ts';
import { scanning } from '../core/scanning.ts';
import { workSegment } from '../core/segment.ts';
import { Worker as Share } from '../core/watcher.ts';
import { portsOf, type Setting } from './ports/all.ts';
import { MemoryArtifacts, RecentJournal } from './ports/objects.ts';
import { factsOf } from './ports/survey.ts';
import type { Happening, RunSpec } from './scenario.ts';
import { Worker } from './worker.ts';

/** A Map starts so many children a second. */
const DISPATCH_PER_SECOND = 100;

/** Seconds until somebody notices that a worker is gone, and sends another. */
const NOTICED_SECONDS = 10;

const INVOCATION_SECONDS = 900;

const DEFAULT_PAGE = 100;

/** A worker, and what it has to work with for as long as it lives. */
interface Hired {
  worker: Worker;
  ports: Ports;
  /** What it may use, for all segments that it works on. */
  share: Share;
}

/** A run of the real engine: its state machine's Map, with a worker for each of its slots. */
export class RunningRun {
  readonly run: RunRecord;
  readonly #spec: RunSpec;
  readonly #setting: Setting;
  /** By the slot of the Map that each works in. */
  readonly #workers = new Map<number, Hired>();
  readonly #planner: Ports;
  #made = 0;
  #open: number;

  constructor(spec: RunSpec, setting: Omit<Setting, 'journal' | 'artifacts' | 'concurrency'>) {
    this.#spec = spec;
    this.#setting = { ...setting, journal: new RecentJournal(), artifacts: new MemoryArtifacts(), concurrency: spec.workers };
    this.#open = spec.segments;
    const { ports } = this.#hire();
    this.#planner = ports;
    const options = {
      ...plainOptions,
      batchSize: spec.batchSize ?? DEFAULT_PAGE,
      segments: spec.segments,
      budgets: { ...noBudgets, ...spec.budgets },
    };
    this.run = { ...newRun(ports, ports.owner), options, estimatedItems: setting.table.items };
  }

  async begin(): Promise<void> {
    const { run } = this;
    const { ledger, clock } = this.#setting;
    await ledger.createRun(run, []);
    const segments = numbers(run.options.segments).map((segment) => ({ segment, quota: null }));
    await ledger.planSegments(run.runId, segments);
    await dealFirst(run, this.#planner);
    this.#listen();
    const order = dispatchOrder(numbers(run.options.segments), run.runId);
    for (const slot of numbers(this.#spec.workers)) clock.after((1000 * slot) / DISPATCH_PER_SECOND, () => void this.#fill(slot, order));
  }

  /** Notes every second what the run says of itself. */
  #listen(): void {
    const { ledger, clock, observed } = this.#setting;
    clock.after(1000, async () => {
      const { findings } = await ledger.control(this.run.runId);
      for (const reason of new Set(findings?.flow?.heldBack.map(({ by }) => by))) bump(observed.heldBack, reason);
      if (!this.isDone()) this.#listen();
    });
  }

  happen(happening: Happening): void {
    const { clock, ledger } = this.#setting;
    if (happening.kind === 'tune') void tune(this.run.runId, happening.budgets, 'somebody', { ledger, clock });
    if (happening.kind === 'kill') for (const worker of this.#some(happening.workers)) worker.kill();
    if (happening.kind === 'idle')
      for (const worker of this.#some(happening.workers)) worker.idleUntil = clock.now() + happening.seconds * 1000;
  }

  #some(count: number): Worker[] {
    return [...this.#workers.values()].slice(0, count).map(({ worker }) => worker);
  }

  isDone(): boolean {
    return this.#open === 0;
  }

  segments(): Promise<SegmentRecord[]> {
    return this.#setting.ledger.segments(this.run.runId, this.run.options.segments);
  }

  /** One slot of the Map: child after child, as long as there are any. */
  async #fill(slot: number, order: number[]): Promise<void> {
    for (let segment = order.shift(); segment !== undefined; segment = order.shift()) await this.#child(slot, segment);
  }

  /** A child: invocation after invocation until its segment is done. */
  async #child(slot: number, segment: number): Promise<void> {
    const { clock } = this.#setting;
    for (;;) {
      const hired = this.#workers.get(slot) ?? this.#hire();
      this.#workers.set(slot, hired);
      const step = await Promise.race([this.#invoke(hired, segment), hired.worker.death]);
      if (step === 'dead') {
        this.#workers.delete(slot);
        await clock.sleep(NOTICED_SECONDS * 1000);
      } else if (step.next === 'wait') await clock.sleep(step.seconds * 1000);
      else if (step.next === 'done') break;
    }
    this.#open -= 1;
  }

  #invoke({ ports, share }: Hired, segment: number) {
    const { clock } = this.#setting;
    const ends = clock.now() + 1000 * (this.#spec.invocationSeconds ?? INVOCATION_SECONDS);
    const { runId, epoch } = this.run;
    const workplace = {
      ports,
      worker: share,
      facts: factsOf(this.#setting.table),
      service: undefined,
      remainingMs: () => ends - clock.now(),
    };
    return workSegment({ runId, epoch, segment }, workplace, this.#spec.countOnly ? rehearsing : scanning());
  }

  #hire(): Hired {
    this.#made += 1;
    const worker = new Worker(this.#made, this.#setting.clock);
    const ports = portsOf(worker, this.#setting);
    return { worker, ports, share: new Share(ports) };
  }
}
