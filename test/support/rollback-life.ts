import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ObjectStore } from '../../lib/adapters/objects.ts';
import type { Ports } from '../../lib/core/ports.ts';
import { prepareRollback } from '../../lib/core/rollback/prepare.ts';
import { undoing } from '../../lib/core/rollback/undoing.ts';
import { type SegmentTask, type Workplace, workSegment } from '../../lib/core/segment.ts';
import { finish, gate, hold, recordFailure } from '../../lib/core/steps/finish.ts';
import { plan } from '../../lib/core/steps/plan.ts';
import { prepare } from '../../lib/core/steps/prepare.ts';
import { validate } from '../../lib/core/steps/validate.ts';
import { type Kill, Killed } from './port-calls.ts';

/** Where a process dies: at the how-manieth of its calls, or of those that write to the target or its journal. */
export interface Death extends Kill {
  among: 'calls' | 'writes';
}

/** A process: all that it does to database and object store passes here, and from its death on nothing of it has an effect. */
export class Life {
  readonly #death: Death | undefined;
  readonly #beforeEach: () => Promise<void>;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #done = { calls: 0, writes: 0 };
  struck = false;

  constructor(death: Death | undefined, beforeEach: () => Promise<void>) {
    this.#death = death;
    this.#beforeEach = beforeEach;
  }

  async act<T>(effect: () => Promise<T>, writes = false): Promise<T> {
    this.#live();
    const last = this.#isLast(writes) ? this.#death?.when : undefined;
    this.#done.calls += 1;
    if (writes) this.#done.writes += 1;
    if (last === 'before') this.struck = true;
    this.#live();
    const doing = this.#beforeEach().then(effect);
    this.#underWay.add(doing);
    try {
      return await doing;
    } finally {
      this.#underWay.delete(doing);
      if (last === 'after') this.struck = true;
      // biome-ignore lint/correctness/noUnsafeFinally: a dead process hears of neither answer nor error
      if (this.struck) throw new Killed();
    }
  }

  #isLast(writes: boolean): boolean {
    const { among = 'calls', at } = this.#death ?? {};
    return (among === 'calls' || writes) && this.#done[among] === at;
  }

  #live(): void {
    if (this.struck) throw new Killed();
  }

  /** What it had sent by its death has landed. */
  async landed(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  /** `target`: the table whose changes are what it is all about. */
  client(client: DynamoDBClient, target: string): DynamoDBClient {
    const isWrite = (input: object): boolean =>
      'TableName' in input ? input.TableName === target && 'ConditionExpression' in input : isBatchFor(target, input);
    client.middlewareStack.add((next) => (call) => this.act(() => next(call), isWrite(call.input)), { step: 'initialize' });
    return client;
  }

  objects(store: ObjectStore): ObjectStore {
    return {
      putNew: (name, body) => this.act(() => store.putNew(name, body), true),
      put: (name, body) => this.act(() => store.put(name, body)),
      get: (name) => this.act(() => store.get(name)),
      list: (prefix) => this.act(() => store.list(prefix)),
    };
  }
}

const isBatchFor = (table: string, { Statements = [] }: { Statements?: { Statement: string }[] }): boolean =>
  Statements.some(({ Statement }) => Statement.includes(`"${table}"`));

export type Machine = 'run' | 'rollback';

/** Walks through the states of a machine as the interpreter would, with the engine's own steps. */
export async function drive(machine: Machine, input: unknown, execution: string, ports: Ports): Promise<void> {
  const ref = machine === 'run' ? await prepare(input, execution, ports) : await prepareRollback(input, execution, ports);
  const facts = await ports.inspector.describe();
  if (!facts) throw new Error('The table is gone.');
  for (;;) {
    const { segments } = await plan(ref, ports);
    await fanOut(segments, ports.concurrency, (segment) => work(machine, { ...ref, segment }, { ports, facts }));
    const validation = await validate(ref, ports);
    switch ((await gate(ref, validation, ports)).decision) {
      case 'plan':
        break;
      case 'finish':
        await finish(ref, validation, ports);
        return;
      case 'hold':
        await hold(ref, ports);
        throw new Error('It was held, and nobody had said so.');
      case 'fail': {
        const { code, message } = await recordFailure(ref, undefined, ports);
        throw new Error(`It failed: ${code}: ${message}`);
      }
    }
  }
}

async function fanOut(segments: readonly number[], concurrency: number, work: (segment: number) => Promise<void>): Promise<void> {
  const left = [...segments];
  const child = async (): Promise<void> => {
    for (let segment = left.shift(); segment !== undefined; segment = left.shift()) await work(segment);
  };
  const children = await Promise.allSettled(Array.from({ length: concurrency }, child));
  const failed = children.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}

async function work(machine: Machine, task: SegmentTask, here: Pick<Workplace, 'ports' | 'facts'>): Promise<void> {
  const workplace = { ...here, service: undefined, remainingMs: () => 600_000 };
  const step = await (machine === 'run' ? workSegment(task, workplace) : workSegment(task, workplace, undoing()));
  if (step.next !== 'done') throw new Error(`Segment ${task.segment} is not done but: ${step.next}.`);
}
