import { total } from '../counters.ts';
import { BackfillError, isBackfillError } from '../errors.ts';
import { parseRunInput, type RunInput } from '../options.ts';
import { choosePhases, layOut, presentPhase, withPhase } from '../phases.ts';
import type { Ports } from '../ports.ts';
import { preflight } from '../preflight.ts';
import { requireConfirmation, requireRehearsal } from '../production.ts';
import type { Owner, Reopening, RunRecord } from '../records/run.ts';
import { refuseToWriteBeneathNewer } from '../rollback/claim.ts';
import { allSegments } from '../rounds.ts';
import {
  asksService,
  baselineOf,
  completeOptions,
  isRehearsal,
  kindOf,
  lastSign,
  lockNames,
  newRun,
  RECONCILER,
  sumCounters,
  workedMs,
} from '../run.ts';
import { measureBefore } from '../sign-off/measure.ts';
import { type Action, transition } from '../transitions.ts';

export interface RunRef {
  runId: string;
  epoch: number;
}

/**
 * Lets a run begin, carries one on, or tries its failed items once more. Every rule that guards a table is enforced here, whoever starts the machine.
 *
 * @throws {BackfillError} `option.*`, `preflight.*`, `table.access-denied`, `lock.held`, `service.key-missing`, `artifacts.unwritable`, `run.*`
 */
export async function prepare(rawInput: unknown, execution: string, ports: Ports): Promise<RunRef> {
  const input = parseRunInput(rawInput);
  if (input.resume === undefined && !input.dryRun) requireConfirmation(input, ports);
  const owner: Owner = { ...ports.owner, execution };
  const who = input.startedBy ?? input.confirmedBy ?? execution;
  const run =
    input.resume !== undefined
      ? await carryOn(input.resume, input.approval === undefined ? 'resume' : 'approve', who, owner, ports, input.approval, input.epoch)
      : input.retry !== undefined
        ? await carryOn(input.retry, 'retry', who, owner, ports)
        : await beginOnce(() => begin(input, who, owner, ports), owner, ports);
  const { runId, epoch, estimatedItems } = run;
  const what = input.resume !== undefined ? 'resumed' : input.retry !== undefined ? 'retried' : 'begun';
  ports.log.info(`${kindOf(run)} ${what}`, { ...nameOf(run), estimatedItems, segments: run.options.segments });
  return { runId, epoch };
}

/** What every first line of a run, or a rollback, says in a log. */
export const nameOf = ({ runId, epoch, backfill, version, environment }: RunRecord) => ({ runId, epoch, backfill, version, environment });

/** A repeated call of the same execution, whose first answer was lost, meets the run that it opened. */
export async function beginOnce(begin: () => Promise<RunRecord>, owner: Owner, ports: Ports): Promise<RunRecord> {
  try {
    return await begin();
  } catch (error) {
    if (!isBackfillError(error) || error.code !== 'lock.held') throw error;
    const holder = await ports.ledger.getRun(String(error.details.holder));
    if (holder?.owner.execution !== owner.execution) throw error;
    return holder;
  }
}

async function begin(input: RunInput, who: string, owner: Owner, ports: Ports): Promise<RunRecord> {
  const { definition, environment, ledger } = ports;
  if (!input.dryRun) await requireRehearsal(input, ports);
  const { items, bytes, findings } = await preflight(ports, {
    purpose: input.dryRun ? 'rehearse' : 'write',
    enrich: asksService(input),
    limit: input.limit ?? null,
    raiseWriteUnits: input.raiseWriteUnits ?? null,
  });
  const phases = choosePhases(input, items, definition);
  if (input.approve === 'manual' && phases.length === 0)
    throw new BackfillError(
      'option.invalid',
      'The option "approve" cannot be "manual": this run has no phases, so there is no gate to approve at.',
      {
        remedy: 'Give it phases too, such as --phases 10,100; or leave it out.',
      },
    );
  const options = completeOptions(input, { items, bytes }, ports, definition, phases.length > 0);
  const run: RunRecord = {
    ...newRun(ports, owner),
    options,
    estimatedItems: items,
    preflight: findings,
    phases: layOut(phases, options.segments),
    before: options.dryRun ? null : await measureBefore(ports),
  };
  await ports.artifacts.put(`runs/${run.runId}.json`, `${JSON.stringify(run, null, 2)}\n`);
  await ledger.createRun(run, isRehearsal(run) ? [] : lockNames(definition, environment));
  await ledger.addEvent(run.runId, {
    at: run.createdAt,
    who,
    what: isRehearsal(run) ? 'rehearse' : 'start',
    details: { options: run.options },
  });
  return withHash(run, ports);
}

/** Takes the table's hash, where it is wanted and nothing has been written yet. */
async function withHash(run: RunRecord, { ledger, inspector }: Ports): Promise<RunRecord> {
  if (!run.options.hash || run.tableHash !== null) return run;
  const tableHash = await inspector.hash();
  await ledger.updateRun(run.runId, run.epoch, { tableHash });
  return { ...run, tableHash };
}

/** Whether nobody carries a run any more that is said to be running. */
export const isInterrupted = async (run: RunRecord, { executionEnded }: Pick<Ports, 'executionEnded'>): Promise<boolean> =>
  run.status === 'running' && (await executionEnded(run.owner));

/** @throws {BackfillError} `run.unknown` when there is no such run of this backfill in this environment */
export async function ownRun(runId: string, { definition, environment, ledger }: Ports): Promise<RunRecord> {
  const run = await ledger.getRun(runId);
  if (!run || run.environment !== environment) throw new BackfillError('run.unknown', `There is no run ${runId} in ${environment}.`);
  if (run.backfill !== definition.name)
    throw new BackfillError('run.unknown', `Run ${runId} is one of ${run.backfill}, not of ${definition.name}.`);
  return run;
}

async function carryOn(
  runId: string,
  action: Extract<Action, 'resume' | 'approve' | 'retry'>,
  who: string,
  owner: Owner,
  ports: Ports,
  why = '',
  epoch?: number,
): Promise<RunRecord> {
  const run = await ownRun(runId, ports);
  if (run.status === 'running' && run.owner.execution === owner.execution) return again(run, who, ports);
  requireEpoch(run, epoch);
  if (run.rollback)
    throw new BackfillError('run.refused', `${runId} is a rollback; the machine of backfills does not carry it on.`, {
      remedy: 'Start the rollback machine with that input instead.',
    });
  const { definition } = ports;
  if (run.version !== definition.version) {
    const message = `Run ${runId} was started with version ${run.version} of ${definition.name}; this is version ${definition.version}.`;
    const remedy = `Carry it on with the code that started it, or end it with \`npx backfill abort ${runId}\` and start anew.`;
    throw new BackfillError('run.not-resumable', message, { remedy });
  }
  transition(run, action, await isInterrupted(run, ports));
  const segments = await allSegments(ports.ledger, run);
  const failed = total(sumCounters(segments).failed);
  if (action === 'retry' && failed === 0)
    throw new BackfillError('run.refused', `No item of run ${runId} failed: there is nothing to retry.`, {
      remedy: 'Nothing is left to do.',
    });
  await refuseToWriteBeneathNewer(run, ports);
  const { findings } = await preflight(ports, {
    purpose: isRehearsal(run) ? 'rehearse' : 'write',
    enrich: run.options.enrich,
    writes: action === 'retry' ? failed : run.estimatedItems,
    limit: run.options.limit,
    raiseWriteUnits: run.options.raiseWriteUnits,
  });
  const phases = action === 'approve' ? approved(run, who, why, ports) : undefined;
  const reopened = await reopen(run, action, segments, who, owner, ports, phases);
  await ports.ledger.updateRun(run.runId, reopened.epoch, { preflight: findings });
  return segments.length === 0 ? withHash(reopened, ports) : reopened;
}

/** Who starts a run by itself does so for what it has seen: a person who has told it something since goes before. @throws {BackfillError} `run.superseded` */
export function requireEpoch(run: RunRecord, epoch: number | undefined): void {
  if (epoch === undefined || epoch === run.epoch) return;
  throw new BackfillError('run.superseded', `Run ${run.runId} is at epoch ${run.epoch}, and was to be carried on at epoch ${epoch}.`, {
    remedy: 'Nothing is to be done: somebody has carried it on, paused or ended it meanwhile.',
  });
}

/** A repeated call of the execution that carries the run already: the first one may have died before it had the locks, or said that the run goes on. */
async function again(run: RunRecord, who: string, { definition, environment, ledger, clock }: Ports): Promise<RunRecord> {
  if (!isRehearsal(run)) await ledger.takeLocks(run.runId, lockNames(definition, environment));
  const { at: told, desired } = await ledger.control(run.runId);
  const isOld = told < run.startedAt;
  if (desired !== 'run' && isOld)
    await ledger.command(run.runId, { desired: 'run', reason: null, by: who, at: new Date(clock.now()).toISOString() }, told);
  return run;
}

/** What the audit event says of the last approval. */
function approvalOf(phases: RunRecord['phases']): Record<string, unknown> {
  const phase = phases.findLast(({ gate }) => gate?.decision?.verdict === 'approved');
  return { phase: phase?.name, reason: phase?.gate?.decision?.reason };
}

/** The run's phases with the gate that it waits at opened by a person. */
function approved(run: RunRecord, who: string, reason: string, { clock }: Ports): RunRecord['phases'] {
  const phase = presentPhase(run);
  if (!phase?.gate) return run.phases;
  const decision = { verdict: 'approved' as const, who, at: new Date(clock.now()).toISOString(), reason };
  return withPhase(run, phase.index, { gate: { ...phase.gate, decision, open: true } });
}

/** Takes a run or a rollback over for a new execution. */
export async function reopen(
  run: RunRecord,
  action: Extract<Action, 'resume' | 'approve' | 'retry'>,
  segments: Parameters<typeof sumCounters>[0],
  who: string,
  owner: Owner,
  { definition, environment, ledger, clock }: Ports,
  phases?: RunRecord['phases'],
): Promise<RunRecord> {
  const at = new Date(clock.now()).toISOString();
  const totals = sumCounters(segments);
  const reopening: Reopening = {
    startedAt: at,
    workedMs: workedMs(run, lastSign(segments)),
    rounds: action === 'retry' ? run.rounds + 1 : run.rounds,
    baseline: baselineOf(totals),
    ...(phases && { phases }),
  };
  const locks = isRehearsal(run) ? [] : lockNames(definition, environment);
  const { at: told } = await ledger.control(run.runId);
  const reopened = await ledger.reopenRun(run, owner, reopening, locks);
  const goOn = { desired: 'run', reason: null, by: who, at } as const;
  if (!(await ledger.command(run.runId, goOn, told))) {
    const since = await ledger.control(run.runId);
    // What the reconciler told the workers of the execution before is not meant for these.
    if (since.desired === 'hold' && since.by === RECONCILER) await ledger.command(run.runId, goOn, since.at);
  }
  await ledger.addEvent(run.runId, { at, who, what: action, details: { epoch: reopened.epoch, ...(phases && approvalOf(phases)) } });
  return reopened;
}
