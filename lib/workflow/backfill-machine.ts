/**
 * The backfill machine as data (Amazon States Language, JSONPath): deployed by CDK, run by the local interpreter, one and the same.
 *
 * Waiting is not done in it: a run that must stand still ends its execution as `held` and is carried on by another.
 * Map items are bare integers and Map outputs `{}`, for a payload holds 256 KiB; totals come from the ledger.
 */

export interface MachineFunctions {
  /** ARN, or a substitution such as `${CoordinatorArn}`. */
  coordinator: string;
  processor: string;
}

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

export function backfillMachine(backfill: string, functions: MachineFunctions): StateMachine {
  const coordinate = (step: string, payload: Record<string, unknown>, comment: string) => ({
    ...invoke(functions.coordinator, { step, backfill, ...payload }, comment, COORDINATOR_TIMEOUT_SECONDS),
    ResultSelector: { 'result.$': '$.Payload' },
  });
  const ofRun = { 'run.$': '$.run' };
  const validated = { ...ofRun, 'validation.$': '$.validation.result' };

  return {
    Comment: `Backfill ${backfill}. The input {} starts a run with every default; {"resume":"<runId>"} carries one on.`,
    StartAt: 'Prepare',
    States: {
      Prepare: {
        ...coordinate(
          'prepare',
          { 'execution.$': '$$.Execution.Id', 'input.$': '$' },
          'Checks the input, the tables and the lock, and opens the run in the ledger.',
        ),
        ResultSelector: { 'run.$': '$.Payload.run' },
        Catch: catchAll('Refused'),
        Next: 'Plan',
      },
      Refused: { Type: 'Fail', Comment: 'Nothing was begun.', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
      Plan: {
        ...coordinate('plan', ofRun, 'Names the segments that are still open.'),
        ResultPath: '$.plan',
        Catch: catchAll('Record failure'),
        Next: 'Segments',
      },
      Segments: {
        Type: 'Map',
        Comment: 'One child for each open segment.',
        ItemsPath: '$.plan.result.segments',
        MaxConcurrencyPath: '$.plan.result.concurrency',
        ItemSelector: { ...ofRun, 'segment.$': '$$.Map.Item.Value' },
        ItemProcessor: segmentProcessor(backfill, functions),
        ResultPath: null,
        Catch: catchAll('Record failure'),
        Next: 'Validate',
      },
      Validate: {
        ...coordinate('validate', ofRun, 'Looks how the segments stand and, once they are closed, runs the checks.'),
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
        ...coordinate('finish', validated, 'Proves that the run is complete and keeps its report.'),
        ResultPath: '$.finish',
        Catch: catchAll('Record failure'),
        Next: 'Good?',
      },
      'Good?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.finish.result.verdict', StringEquals: 'good', Next: 'Done' }],
        Default: 'Checks failed',
      },
      Done: { Type: 'Succeed' },
      'Checks failed': { Type: 'Fail', Error: 'checks.failed', Cause: 'The run is complete, but a check failed; the report lists it.' },
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
        ResultPath: null,
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
function segmentProcessor(backfill: string, functions: MachineFunctions) {
  const payload = { backfill, 'run.$': '$.run', 'segment.$': '$.segment' };
  return {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: 'Process',
    States: {
      Process: {
        ...invoke(
          functions.processor,
          payload,
          'Works pages until the segment is done or most of its time is used.',
          PROCESS_TIMEOUT_SECONDS,
        ),
        ResultSelector: { 'result.$': '$.Payload' },
        ResultPath: '$.process',
        Catch: catchAll('Mark stuck'),
        Next: 'More?',
      },
      'More?': {
        Type: 'Choice',
        Choices: [
          { Variable: '$.process.result.next', StringEquals: 'more', Next: 'Process' },
          { Variable: '$.process.result.next', StringEquals: 'wait', Next: 'Wait for lease' },
        ],
        Default: 'Segment over',
      },
      'Wait for lease': {
        Type: 'Wait',
        Comment: 'Another worker holds the segment until then.',
        SecondsPath: '$.process.result.seconds',
        Next: 'Process',
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
