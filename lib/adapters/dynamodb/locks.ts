import { BackfillError } from '../../core/errors.ts';
import { isAwaiting } from '../../core/gate.ts';
import type { RunRecord } from '../../core/records/run.ts';
import type { Clock } from '../../core/retry.ts';
import { HOLDS_LOCK } from '../../core/run.ts';
import type { TableRows } from './table-rows.ts';

const keyOf = (lock: string) => ({ PK: `LOCK#${lock}`, SK: 'LOCK' });

interface Holder {
  runId: string;
  /** `undefined`: its row is gone. */
  run: RunRecord | undefined;
}

/** Unless it has ended. */
function refuse(lock: string, { run }: Holder): void {
  if (!run || !HOLDS_LOCK.includes(run.status)) return;
  const details = { holder: run.runId, status: run.status };
  const waits = isAwaiting(run)
    ? `let it go on with \`npx backfill approve ${run.runId} --reason ...\``
    : `carry it on with \`npx backfill resume ${run.runId}\` if nobody does`;
  const remedy = `Watch it with \`npx backfill monitor ${run.runId}\`, ${waits}, or end it with \`npx backfill abort ${run.runId}\`; a deployed machine carries it on with the input {"resume":"${run.runId}"}.`;
  throw new BackfillError('lock.held', `Run ${run.runId} of ${run.backfill} is ${run.status} and holds ${lock}.`, { details, remedy });
}

/** Locks in the ledger, each held by a run for as long as that is running or held; one whose holder ended without letting go may be taken. */
export class Locks {
  readonly #rows: TableRows;
  readonly #getRun: (runId: string) => Promise<RunRecord | undefined>;
  readonly #clock: Clock;

  constructor(rows: TableRows, getRun: (runId: string) => Promise<RunRecord | undefined>, clock: Clock) {
    this.#rows = rows;
    this.#getRun = getRun;
    this.#clock = clock;
  }

  /** All of them or none. @throws `lock.held` */
  async take(runId: string, locks: readonly string[]): Promise<void> {
    const taken: string[] = [];
    try {
      for (const lock of locks) {
        await this.#takeOne(runId, lock);
        taken.push(lock);
      }
    } catch (error) {
      await this.release(runId, taken);
      throw error;
    }
  }

  /** Looks, and takes none. @throws `lock.held` by another run */
  async mustBeFree(runId: string, locks: readonly string[]): Promise<void> {
    for (const lock of locks) {
      const holder = await this.#holder(lock);
      if (holder && holder.runId !== runId) refuse(lock, holder);
    }
  }

  async #takeOne(runId: string, lock: string): Promise<void> {
    const row = { ...keyOf(lock), runId, at: new Date(this.#clock.now()).toISOString() };
    if (await this.#rows.put(row, 'attribute_not_exists(PK) OR runId = :me', { ':me': runId })) return;
    const holder = await this.#holder(lock);
    if (holder) refuse(lock, holder);
    // The holder ended without letting go; whoever sees it first takes the lock.
    const condition = holder ? 'attribute_not_exists(PK) OR runId = :holder' : 'attribute_not_exists(PK)';
    const taken = await this.#rows.put(row, condition, holder && { ':holder': holder.runId });
    if (!taken) throw new BackfillError('lock.held', `Another run has just taken ${lock}.`);
  }

  async #holder(lock: string): Promise<Holder | undefined> {
    const row = await this.#rows.get(keyOf(lock));
    return row && { runId: row.runId, run: await this.#getRun(row.runId) };
  }

  async release(runId: string, locks: readonly string[]): Promise<void> {
    for (const lock of locks) {
      await this.#rows.delete(keyOf(lock), 'runId = :mine', { ':mine': runId });
    }
  }
}
