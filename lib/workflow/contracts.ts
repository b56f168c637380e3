import * as z from 'zod/mini';

/** What crosses every border between the state machine and its handlers. `test/workflow` holds the machine against these. */

export const RunRef = z.strictObject({ runId: z.string(), epoch: z.int() });

/** Prepare judges the input itself, so that every wrong option is refused by name. */
export const PrepareTask = z.strictObject({ step: z.literal('prepare'), backfill: z.string(), execution: z.string(), input: z.unknown() });
export const PrepareRollbackTask = z.strictObject({
  step: z.literal('prepare-rollback'),
  backfill: z.string(),
  execution: z.string(),
  input: z.unknown(),
});
/** `mode` leads the machine: to the workers that write, to those that cannot, or to its end, for what `error` says. */
export const PrepareResult = z.union([
  z.strictObject({ mode: z.enum(['write', 'rehearse']), run: RunRef, error: z.null() }),
  z.strictObject({ mode: z.literal('refuse'), run: z.null(), error: z.strictObject({ Error: z.string(), Cause: z.string() }) }),
]);
export type PrepareResult = z.infer<typeof PrepareResult>;

/** Sent to the worker: try whether its role may write, and work on nothing. */
export const ProbeTask = z.strictObject({ backfill: z.string(), run: RunRef, probe: z.literal(true) });
export const ProbeResult = z.strictObject({});

export const MakeReadyTask = z.strictObject({ step: z.literal('make-ready'), backfill: z.string(), run: RunRef });
export const MakeReadyResult = z.strictObject({ next: z.enum(['done', 'more']) });

export const PlanTask = z.strictObject({ step: z.literal('plan'), backfill: z.string(), run: RunRef });
export const PlanResult = z.strictObject({ segments: z.array(z.int()), concurrency: z.int() });

export const ProcessTask = z.strictObject({ backfill: z.string(), run: RunRef, segment: z.int() });
export const ProcessResult = z.union([
  z.strictObject({ next: z.literal('done') }),
  z.strictObject({ next: z.literal('more') }),
  z.strictObject({ next: z.literal('wait'), seconds: z.int() }),
]);

/** Every task that a worker takes. */
export const WorkerTask = z.union([ProbeTask, ProcessTask]);

export const CaughtError = z.strictObject({ Error: z.optional(z.string()), Cause: z.optional(z.string()) });

export const MarkStuckTask = z.strictObject({
  step: z.literal('mark-stuck'),
  backfill: z.string(),
  run: RunRef,
  segment: z.int(),
  error: CaughtError,
});
export const MarkStuckResult = z.strictObject({});

export const ValidateTask = z.strictObject({ step: z.literal('validate'), backfill: z.string(), run: RunRef });
export const Validation = z.strictObject({
  standing: z.enum(['closed', 'short', 'phase', 'held', 'stuck']),
  good: z.boolean(),
  phase: z.optional(z.int()),
});

export const GateTask = z.strictObject({ step: z.literal('gate'), backfill: z.string(), run: RunRef, validation: Validation });
export const GateResult = z.strictObject({ decision: z.enum(['finish', 'plan', 'hold', 'fail']) });

export const FinishTask = z.strictObject({ step: z.literal('finish'), backfill: z.string(), run: RunRef, validation: Validation });
export const FinishResult = z.strictObject({ status: z.string(), verdict: z.enum(['good', 'bad']) });

export const HoldTask = z.strictObject({ step: z.literal('hold'), backfill: z.string(), run: RunRef });
export const HoldResult = z.strictObject({ status: z.string() });

export const RecordFailureTask = z.strictObject({
  step: z.literal('record-failure'),
  backfill: z.string(),
  run: RunRef,
  error: z.optional(CaughtError),
});
export const RecordFailureResult = z.strictObject({ code: z.string(), message: z.string() });

/** Every task that the coordinator takes, told apart by `step`. */
export const CoordinatorTask = z.discriminatedUnion('step', [
  PrepareTask,
  PrepareRollbackTask,
  MakeReadyTask,
  PlanTask,
  MarkStuckTask,
  ValidateTask,
  GateTask,
  FinishTask,
  HoldTask,
  RecordFailureTask,
]);
export type CoordinatorTask = z.infer<typeof CoordinatorTask>;
export type ProcessTask = z.infer<typeof ProcessTask>;
export type ProcessResult = z.infer<typeof ProcessResult>;
export type ProbeResult = z.infer<typeof ProbeResult>;

/** Result schemas by step, for the handler to hold its own answer against. */
export const coordinatorResults = {
  prepare: PrepareResult,
  'prepare-rollback': PrepareResult,
  'make-ready': MakeReadyResult,
  plan: PlanResult,
  'mark-stuck': MarkStuckResult,
  validate: Validation,
  gate: GateResult,
  finish: FinishResult,
  hold: HoldResult,
  'record-failure': RecordFailureResult,
} as const;
