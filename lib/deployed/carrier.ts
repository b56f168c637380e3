import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  type SFNClient,
  StartExecutionCommand,
  StateMachineDoesNotExist,
} from '@aws-sdk/client-sfn';
import { BackfillError, isBackfillError } from '../core/errors.ts';
import type { Ledger } from '../core/ledger.ts';
import type { RunRecord } from '../core/records/run.ts';
import type { Clock } from '../core/retry.ts';
import type { Deployed } from '../workflow/deployed.ts';
import type { Carrier, Execution, Order } from '../workflow/execution.ts';
import { deployCommand } from './discovery.ts';
import { asking } from './faults.ts';

/** Step Functions lets an account describe fifteen executions a second: whoever watches leaves most of that to others. */
const LOOK_EVERY_MS = 1_000;

/** Once an execution has ended, the index of the runs may be so many looks behind. */
const LAST_LOOKS = 3;

/** A coordinator that dies before it has written its first event leaves a run without one. */
const SIGHTS = 5;

/** A new run is among the newest of its backfill. */
const NEWEST = 10;

interface Places {
  deployed: Deployed;
  sfn: SFNClient;
  ledger: Ledger;
  clock: Clock;
}

/** Executions of the deployed machines. They go on whoever watches. */
export const deployedCarrier = (places: Places): Carrier => ({
  outlives: true,
  async start(order, opened) {
    const { sfn, deployed } = places;
    const stateMachineArn = machineOf(order, deployed);
    const { executionArn: id = '' } = await asking('states:StartExecution', () =>
      sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(order.input) })),
    ).catch((error) => {
      if (!(error instanceof StateMachineDoesNotExist)) throw error;
      throw new BackfillError('environment.other-version', `The machine ${stateMachineArn} is not there any more.`, {
        cause: error,
        remedy: `Deploy again with \`${deployCommand(deployed.environment)}\`.`,
      });
    });
    const leaving = new AbortController();
    return { id, end: follow(id, order, opened, leaving.signal, places), leave: () => leaving.abort() };
  },
});

/** @throws {BackfillError} `environment.other-version` */
function machineOf({ machine, backfill }: Order, { environment, backfills }: Deployed): string {
  const own = Object.hasOwn(backfills, backfill) ? backfills[backfill] : undefined;
  if (!own)
    throw new BackfillError('environment.other-version', `${environment} was deployed by a version that has no backfill "${backfill}".`, {
      remedy: `Deploy a version that has it: \`${deployCommand(environment)}\`. A run of it that is not wanted any more can be ended with \`npx backfill abort\`.`,
    });
  return machine === 'backfill' ? own.machineArn : own.rollbackMachineArn;
}

const never = (): Promise<never> => new Promise(() => undefined);

async function follow(
  id: string,
  order: Order,
  opened: (runId: string) => Promise<void>,
  left: AbortSignal,
  { sfn, ledger, clock }: Places,
): Promise<Execution> {
  let isKnown = false;
  let sights = 0;
  const look = async (isLast = false): Promise<void> => {
    if (isKnown) return;
    const run = await carriedBy(id, order, ledger).catch(() => undefined);
    if (!run) return;
    sights += 1;
    const isPatient = isLast || sights > SIGHTS;
    if (!(await hasBegun(run, order, isPatient, ledger).catch(() => false))) return;
    isKnown = true;
    await opened(run.runId);
  };
  for (;;) {
    const now = await describe(id, sfn);
    if (left.aborted) return never();
    await look();
    if (now && now.status !== 'RUNNING') {
      for (let looks = 0; !isKnown && looks < LAST_LOOKS; looks += 1) {
        await clock.sleep(LOOK_EVERY_MS / 2);
        await look(true);
      }
      return endOf(now);
    }
    await clock.sleep(LOOK_EVERY_MS, left).catch(never);
  }
}

/** `undefined`: AWS does not answer just now; what is carried goes on all the same. */
async function describe(executionArn: string, sfn: SFNClient): Promise<DescribeExecutionCommandOutput | undefined> {
  try {
    return await asking('states:DescribeExecution', () => sfn.send(new DescribeExecutionCommand({ executionArn })));
  } catch (error) {
    if (!isBackfillError(error)) throw error;
    if (error.retryable) return undefined;
    throw new BackfillError(error.code, error.message, {
      cause: error,
      remedy: `The execution goes on, only not seen from here. ${error.remedy}`,
    });
  }
}

/** The run that an execution carries: the ledger says who carries each. A run that is being undone bears its rollback's execution, too. */
async function carriedBy(execution: string, { machine, backfill, input }: Order, ledger: Ledger): Promise<RunRecord | undefined> {
  const isCarried = (run: RunRecord | undefined): boolean =>
    run?.owner.execution === execution && (run.rollback !== null) === (machine === 'rollback');
  const named = input.resume ?? input.retry;
  if (typeof named === 'string') {
    const run = await ledger.getRun(named);
    return isCarried(run) ? run : undefined;
  }
  return (await ledger.listRuns(backfill, NEWEST)).find(isCarried);
}

/**
 * Whether Prepare has let it pass: a run whose locks another one holds is in the ledger for a moment, and is taken out again.
 * The event comes after the locks. `isPatient`: a new one that is still there has passed.
 */
async function hasBegun(run: RunRecord, { input }: Order, isPatient: boolean, ledger: Ledger): Promise<boolean> {
  const events = await ledger.events(run.runId);
  if (input.resume !== undefined || input.retry !== undefined) return events.some(({ details }) => details.epoch === run.epoch);
  return isPatient || events.length > 0;
}

/** Those that a person, or a time limit, has ended have neither error nor cause. */
const STOPPED: Readonly<Record<string, string>> = {
  ABORTED: 'Somebody has stopped the execution.',
  TIMED_OUT: 'The execution has come to its time limit.',
};

function endOf({ status = 'FAILED', output, error, cause }: DescribeExecutionCommandOutput): Execution {
  if (status === 'SUCCEEDED') return { status: 'succeeded', output: output === undefined ? null : JSON.parse(output) };
  return { status: 'failed', error: error ?? 'execution.stopped', cause: cause ?? STOPPED[status] ?? `The execution is ${status}.` };
}
