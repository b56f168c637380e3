/** How an execution of a machine is started and followed, in this process or on AWS. */

/** `thrown`: the very error that ended it, where one of our handlers threw it. */
export type Execution = { status: 'succeeded'; output: unknown } | { status: 'failed'; error: string; cause: string; thrown?: Error };

export interface Order {
  machine: 'backfill' | 'rollback';
  backfill: string;
  input: Readonly<Record<string, unknown>>;
}

export interface Following {
  /** Its name: on AWS its ARN. */
  id: string;
  /** How it came to its end. @throws when it cannot be followed any more, though it may go on */
  end: Promise<Execution>;
  /** Nobody follows it any more. */
  leave(): void;
}

/** Who carries executions. */
export interface Carrier {
  /** They go on when this process ends. */
  readonly outlives: boolean;
  /**
   * `opened` is called once the machine has opened the run, or carries it on; an execution that is refused never comes to that.
   *
   * @throws {BackfillError} when it cannot be started
   */
  start(order: Order, opened: (runId: string) => Promise<void>): Promise<Following>;
}
