/**
 * The machines as data (Amazon States Language, JSONPath): deployed by CDK, run by the local interpreter, one and the same.
 * A run and its rollback walk through the same states: both plan segments, fan out over them, look how they stand, and go on, hold or end.
 *
 * Waiting is not done in it: a run that must stand still ends its execution as `held` and is carried on by another.
 * Map items are bare integers and Map outputs `{}`, for a payload holds 256 KiB; totals come from the ledger.
 */

export interface MachineFunctions {
  /** ARN, or a substitution such as `${CoordinatorArn}`. */
  coordinator: string;
  /** Works on one segment. */
  worker: string;
  /** Works on one segment of a run that only looks. */
  rehearser: string;
}

/** What tells the two machines apart. */
interface Kind {
  comment: string;
  prepare: { step: string; comment: string };
  /** Whether backup and capacity come before the first segment. */
  readied: boolean;
  planned: string;
  /** The state that looks at the result, and what it is called when that is bad. */
  validate: { name: string; comment: string };
  bad: { name: string; error: string; cause: string };
  finished: string;
  worked: string;
}

/** Starts runs of a backfill, and carries them on. */
export const backfillMachine = (backfill: string, functions: MachineFunctions): StateMachine =>
  machine(backfill, functions, {
    comment: `Backfill ${backfill}. The input {} starts a run with every default; {"resume":"<runId>"} carries one on; {"retry":"<runId>"} tries again what failed.`,
    prepare: { step: 'prepare', comment: 'Checks the input, the tables and the lock, and opens the run in the ledger.' },
    readied: true,
    planned: 'Names the segments that are still open.',
    validate: { name: 'Validate', comment: 'Looks how the segments stand and, once they are closed, runs the checks.' },
    bad: { name: 'Checks failed', error: 'checks.failed', cause: 'The run is complete, but a check failed; the report lists it.' },
    finished: 'Proves that the run is complete and keeps its report.',
    worked: 'Works pages until the segment is done or most of its time is used.',
  });

/** Undoes runs of a backfill. */
export const rollbackMachine = (backfill: string, functions: MachineFunctions): StateMachine =>
  machine(backfill, functions, {
    comment: `Rollback of ${backfill}. The input {"run":"<runId>"} undoes that run, {} the newest one that is not undone; "dryRun":true only looks; {"resume":"<runId>"} carries a rollback on.`,
    prepare: { step: 'prepare-rollback', comment: 'Checks the input, the run and the lock, and takes the run out of its workers’ hands.' },
    readied: false,
    planned: 'Names the open segments of the stage: inspect the journal, undo, verify.',
    validate: { name: 'Verify', comment: 'Looks how the segments stand, and whether all stages are through.' },
    bad: { name: 'Not undone', error: 'rollback.unverified', cause: 'Some items could not be taken back; the report lists them.' },
    finished: 'Marks the run as rolled back and keeps the stats.',
    worked: 'Goes through the journal of one segment, newest entry first.',
  });

const PROCESS_TIMEOUT_SECONDS = 900;
const COORDINATOR_TIMEOUT_SECONDS = 900;

const transientRetry = {
  ErrorEquals: ['Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException', 'Lambda.TooManyRequestsException'],
  IntervalSeconds: 1,
  MaxAttempts: 6,
  BackoffRate: 2,
  MaxDelaySeconds: 30,
  JitterStrategy: 'FULL',
};

const invoke = (functionArn: string, payload: Record<string, unknown>, comment: string, timeout: number) => ({
  Type: 'Task',
  Comment: comment,
  Resource: 'arn:aws:states:::lambda:invoke',
  TimeoutSeconds: timeout,
  Parameters: { FunctionName: functionArn, Payload: payload },
  Retry: [transientRetry],
});

const catchAll = (next: string) => [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: next }];

function machine(backfill: string, functions: MachineFunctions, kind: Kind): StateMachine {
  const coordinate = (step: string, payload: Record<string, unknown>, comment: string) => ({
    ...invoke(functions.coordinator, { step, backfill, ...payload }, comment, COORDINATOR_TIMEOUT_SECONDS),
    ResultSelector: { 'result.$': '$.Payload' },
  });
  const ofRun = { 'run.$': '$.run' };
  const validated = { ...ofRun, 'validation.$': '$.validation.result' };

  return {
    Comment: kind.comment,
    StartAt: 'Prepare',
    States: {
      Prepare: {
        ...coordinate(kind.prepare.step, { 'execution.$': '$$.Execution.Id', 'input.$': '$' }, kind.prepare.comment),
        ResultSelector: { 'mode.$': '$.Payload.mode', 'run.$': '$.Payload.run', 'error.$': '$.Payload.error' },
        Catch: catchAll('Refused'),
        Next: 'Run or rehearse?',
      },
      'Run or rehearse?': {
        Type: 'Choice',
        Choices: [
          { Variable: '$.mode', StringEquals: 'refuse', Next: 'Refused' },
          { Variable: '$.mode', StringEquals: 'rehearse', Next: 'Plan' },
        ],
        Default: 'Try access',
      },
      Refused: { Type: 'Fail', Comment: 'Nothing was begun.', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
      'Try access': {
        ...invoke(
          functions.worker,
          { backfill, ...ofRun, probe: true },
          'The worker tries, with its own role, writes that can change nothing.',
          PROCESS_TIMEOUT_SECONDS,
        ),
        ResultPath: null,
        Catch: catchAll('Record failure'),
        Next: kind.readied ? 'Make ready' : 'Plan',
      },
      ...(kind.readied && {
        'Make ready': {
          ...coordinate('make-ready', ofRun, 'Takes the backup and raises the write capacity, before anything is written.'),
          ResultPath: '$.ready',
          Catch: catchAll('Record failure'),
          Next: 'Ready?',
        },
        'Ready?': {
          Type: 'Choice',
          Choices: [{ Variable: '$.ready.result.next', StringEquals: 'more', Next: 'Make ready' }],
          Default: 'Plan',
        },
      }),
      Plan: {
        ...coordinate('plan', ofRun, kind.planned),
        ResultPath: '$.plan',
        Catch: catchAll('Record failure'),
        Next: 'Segments',
      },
      Segments: {
        Type: 'Map',
        Comment: 'One child for each open segment.',
        ItemsPath: '$.plan.result.segments',
        MaxConcurrencyPath: '$.plan.result.concurrency',
        ItemSelector: { ...ofRun, 'mode.$': '$.mode', 'segment.$': '$$.Map.Item.Value' },
        ItemProcessor: segmentProcessor(backfill, functions, kind.worked),
        ResultPath: null,
        Catch: catchAll('Record failure'),
        Next: kind.validate.name,
      },
      [kind.validate.name]: {
        ...coordinate('validate', ofRun, kind.validate.comment),
        ResultPath: '$.validation',
        Catch: catchAll('Record failure'),
        Next: 'Gate',
      },
      Gate: {
        ...coordinate('gate', validated, 'Decides whether the run ends, goes on or stands still.'),
        ResultPath: '$.gate',
        Catch: catchAll('Record failure'),
        Next: 'What next?',
      },
      'What next?': {
        Type: 'Choice',
        Choices: [
          { Variable: '$.gate.result.decision', StringEquals: 'finish', Next: 'Finish' },
          { Variable: '$.gate.result.decision', StringEquals: 'plan', Next: 'Plan' },
          { Variable: '$.gate.result.decision', StringEquals: 'hold', Next: 'Hold' },
        ],
        Default: 'Record stuck segments',
      },
      Finish: {
        ...coordinate('finish', validated, kind.finished),
        ResultPath: '$.finish',
        Catch: catchAll('Record failure'),
        Next: 'Good?',
      },
      'Good?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.finish.result.verdict', StringEquals: 'good', Next: 'Done' }],
        Default: kind.bad.name,
      },
      Done: { Type: 'Succeed' },
      [kind.bad.name]: { Type: 'Fail', Error: kind.bad.error, Cause: kind.bad.cause },
      Hold: {
        ...coordinate('hold', ofRun, 'Writes down why the run stands still; resume starts a new execution.'),
        ResultPath: '$.hold',
        Catch: catchAll('Record failure'),
        Next: 'Held',
      },
      Held: { Type: 'Succeed' },
      'Record stuck segments': {
        ...coordinate('record-failure', ofRun, 'Some segments could not be finished; the ledger says why.'),
        ResultSelector: { 'Error.$': '$.Payload.code', 'Cause.$': '$.Payload.message' },
        ResultPath: '$.error',
        Catch: catchAll('Failed'),
        Next: 'Failed',
      },
      'Record failure': {
        ...coordinate('record-failure', { ...ofRun, 'error.$': '$.error' }, 'Writes the error into the ledger.'),
        // Lambda wraps an error in JSON with its stack; the ledger has it in plain words.
        ResultSelector: { 'Error.$': '$.Payload.code', 'Cause.$': '$.Payload.message' },
        ResultPath: '$.error',
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'Failed' }],
        Next: 'Failed',
      },
      Failed: {
        Type: 'Fail',
        Comment: 'The run can be resumed once its cause is mended.',
        ErrorPath: '$.error.Error',
        CausePath: '$.error.Cause',
      },
    },
  };
}

/** The child: works its segment page by page, hands over to itself when its time is used, and never fails. */
function segmentProcessor(backfill: string, functions: MachineFunctions, worked: string) {
  const payload = { backfill, 'run.$': '$.run', 'segment.$': '$.segment' };
  const work = (functionArn: string, comment: string) => ({
    ...invoke(functionArn, payload, comment, PROCESS_TIMEOUT_SECONDS),
    ResultSelector: { 'result.$': '$.Payload' },
    ResultPath: '$.process',
    Catch: catchAll('Mark stuck'),
    Next: 'More?',
  });
  return {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: 'Rehearsal?',
    States: {
      'Rehearsal?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.mode', StringEquals: 'rehearse', Next: 'Rehearse' }],
        Default: 'Process',
      },
      Process: work(functions.worker, worked),
      Rehearse: work(functions.rehearser, 'The same, by a worker whose role cannot write the table.'),
      'More?': {
        Type: 'Choice',
        Choices: [
          { Variable: '$.process.result.next', StringEquals: 'more', Next: 'Rehearsal?' },
          { Variable: '$.process.result.next', StringEquals: 'wait', Next: 'Wait for lease' },
        ],
        Default: 'Segment over',
      },
      'Wait for lease': {
        Type: 'Wait',
        Comment: 'Another worker holds the segment until then.',
        SecondsPath: '$.process.result.seconds',
        Next: 'Rehearsal?',
      },
      'Mark stuck': {
        ...invoke(
          functions.coordinator,
          { step: 'mark-stuck', ...payload, 'error.$': '$.error' },
          'The worker died; Finish decides what that means.',
          COORDINATOR_TIMEOUT_SECONDS,
        ),
        ResultPath: null,
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'Segment over' }],
        Next: 'Segment over',
      },
      'Segment over': { Type: 'Pass', Result: {}, End: true },
    },
  };
}

/** Amazon States Language, as far as this module writes it. */
export interface StateMachine {
  Comment: string;
  StartAt: string;
  States: Record<string, { Type: string; [field: string]: unknown }>;
}
