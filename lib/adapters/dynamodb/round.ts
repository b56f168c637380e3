import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { MOMENTARY } from '../../core/throttle.ts';
import type { Write, WriteResult } from '../../core/write.ts';
import { addUnits, type WriteUnits } from '../../core/write-units.ts';
import { all } from './all.ts';
import { batched, type Said, sendBatch } from './batches.ts';
import { writeByCall } from './calls.ts';
import type { DocumentComparison } from './conditions.ts';
import { MAX_REFUSALS, type Statement } from './statements.ts';

export interface RoundContext {
  client: DynamoDBClient;
  table: string;
  comparison: () => Promise<DocumentComparison>;
  /** Hears of a shape of statements that goes by calls from now on. */
  onRefusedShape: () => void;
}

/** One round of writes: each is sent, as a statement or as a call, and its result kept in its place. */
export class Round {
  readonly #context: RoundContext;
  readonly #writes: readonly Write[];
  readonly #signal: AbortSignal;
  readonly #results: WriteResult[];
  readonly #units: WriteUnits = {};

  constructor(context: RoundContext, writes: readonly Write[], signal: AbortSignal) {
    this.#context = context;
    this.#writes = writes;
    this.#signal = signal;
    this.#results = new Array(writes.length);
  }

  /** `statements`: in the writes' order; `undefined`: this one goes as a call. */
  async carryOut(statements: readonly (Statement | undefined)[]): Promise<{ results: WriteResult[]; units: WriteUnits }> {
    const said: Said[] = [];
    const calls: number[] = [];
    for (const [place, write] of this.#writes.entries()) {
      const statement = statements[place];
      if (statement) said.push({ place, write, statement });
      else calls.push(place);
    }
    await all([...calls.map((place) => this.#call(place)), this.#inBatches(said)]);
    return { results: this.#results, units: this.#units };
  }

  async #inBatches(said: readonly Said[]): Promise<void> {
    for (const batches of batched(said)) await all(batches.map((batch) => this.#send(batch)));
  }

  /** Alone, a call costs no more than a statement, and tells more when it is throttled. */
  async #send(batch: readonly Said[]): Promise<void> {
    const [first] = batch;
    if (first && batch.length === 1) await this.#call(first.place);
    else await this.#sendBatch(batch);
  }

  async #sendBatch(batch: readonly Said[]): Promise<void> {
    const { client, table } = this.#context;
    const { results, units } = await sendBatch(client, table, batch, this.#signal);
    addUnits(this.#units, units);
    const refused: Said[] = [];
    const throttled: Said[] = [];
    for (const [index, one] of batch.entries()) {
      const result = results[index];
      if (!result) refused.push(one);
      else this.#results[one.place] = result;
      if (result?.kind === 'throttled' && result.throttle.limit === 'unknown') throttled.push(one);
    }
    await all([this.#findLimit(throttled), this.#callInstead(refused)]);
  }

  /** A statement's error does not name the limit that it met, but a call's does: one is sent again, for all. A throttled write did not land. */
  async #findLimit(throttled: readonly Said[]): Promise<void> {
    const [first] = throttled;
    if (!first) return;
    const result = await this.#call(first.place);
    if (result.kind === 'retry') return;
    const told: WriteResult = result.kind === 'throttled' ? result : { kind: 'throttled', throttle: MOMENTARY };
    for (const { place } of throttled) if (place !== first.place) this.#results[place] = told;
  }

  /** The endpoint may mind the statement, or the write itself: as a call each is judged alone, and none suffers for another. */
  async #callInstead(refused: readonly Said[]): Promise<void> {
    const results: WriteResult[] = [];
    await all(refused.map(async ({ place }) => results.push(await this.#call(place))));
    if (results.some(({ kind }) => kind !== 'applied' && kind !== 'condition-failed')) return;
    for (const shape of new Set(refused.map(({ statement }) => statement.shape))) {
      shape.refusals += 1;
      if (shape.refusals === MAX_REFUSALS) this.#context.onRefusedShape();
    }
  }

  async #call(place: number): Promise<WriteResult> {
    const { client, table, comparison } = this.#context;
    const { result, units } = await writeByCall(client, table, this.#writes[place] as Write, comparison, this.#signal);
    addUnits(this.#units, units);
    this.#results[place] = result;
    return result;
  }
}
