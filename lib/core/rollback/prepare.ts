import { changed } from '../counters.ts';
import { BackfillError } from '../errors.ts';
import { budgetsIn, budgetsOf, ratesOf } from '../flow/budgets.ts';
import { parseRollbackInput, type RollbackInput } from '../options.ts';
import type { Ports } from '../ports.ts';
import { preflight, requireTable } from '../preflight.ts';
import { requireConfirmation } from '../production.ts';
import type { Owner, RunRecord } from '../records/run.ts';
import { allSegments } from '../rounds.ts';
import { isRehearsal, kindOf, lockNames, newRun, plainOptions, sumCounters } from '../run.ts';
import { beginOnce, isInterrupted, nameOf, ownRun, type RunRef, reopen, requireEpoch } from '../steps/prepare.ts';
import { type RunState, stateOf, transition } from '../transitions.ts';
import { claim, giveBack, refuseBeneathNewer, standingRuns } from './claim.ts';
import { refuseExpired } from './expired.ts';
import { rollbackOf } from './undoing.ts';

/**
 * Lets a rollback begin, or carries one on. Every rule is enforced here, whoever starts the machine.
 *
 * @throws {BackfillError} `option.*`, `preflight.*`, `lock.held`, `rollback.*`, `run.*`, `journal.expired`
 */
export async function prepareRollback(rawInput: unknown, execution: string, ports: Ports): Promise<RunRef> {
  const input = parseRollbackInput(rawInput);
  if (input.resume === undefined && !input.dryRun) requireConfirmation(input, ports);
  const owner: Owner = { ...ports.owner, execution };
  const who = input.startedBy ?? execution;
  const rollback =
    input.resume !== undefined
      ? await carryOn(await ownRun(input.resume, ports), who, owner, ports, input.epoch)
      : await beginOnce(() => begin(input, who, owner, ports), owner, ports);
  ports.log.info(`${kindOf(rollback)} ${rollback.epoch === 1 ? 'begun' : 'resumed'}`, { ...nameOf(rollback), of: rollbackOf(rollback).of });
  return { runId: rollback.runId, epoch: rollback.epoch };
}

async function begin(input: RollbackInput, who: string, owner: Owner, ports: Ports): Promise<RunRecord> {
  const run = input.run === undefined ? await newestStanding(ports) : await ownRun(input.run, ports);
  const begun = run.undoneBy === null ? undefined : await ports.ledger.getRun(run.undoneBy);
  if (begun?.owner.execution === owner.execution) return begun;
  if (run.status === 'rolling-back' && begun && !input.dryRun) {
    const state = stateOf(begun, await isInterrupted(begun, ports));
    if (state === 'running' || (isUnderWay(state) && wantsAnother(input, begun))) throw isUndoneBy(begun, state, run);
    if (isUnderWay(state)) return carryOn(begun, who, owner, ports);
    // One that failed is carried on, too, unless it would only fail again, or is wanted otherwise.
    if (state === 'failed' && begun.reason?.code !== 'journal.damaged' && !wantsAnother(input, begun))
      return carryOn(begun, who, owner, ports);
  }
  // Objects that were gone on without may have been brought back.
  const isIncomplete = run.status === 'rolled-back' && (begun?.totals?.notes.damaged ?? 0) > 0;
  if (!isIncomplete) transition(run, 'rollback', await isInterrupted(run, ports));
  await refuseBeneathNewer(run, ports);
  await refuseExpired(run, input.skipDamaged ?? false, ports);
  return open(run, input, who, owner, ports);
}

const isUnderWay = (state: RunState): boolean => state === 'held' || state === 'braked' || state === 'interrupted';

/** Whether a rollback that is carried on would not be the one that is asked for. */
const wantsAnother = (asked: RollbackInput, { options, rollback }: RunRecord): boolean =>
  (asked.batchSize ?? options.batchSize) !== options.batchSize ||
  (asked.hash ?? options.hash) !== options.hash ||
  (asked.skipDamaged ?? rollback?.skipDamaged) !== rollback?.skipDamaged;

function isUndoneBy(rollback: RunRecord, state: RunState, run: RunRecord): BackfillError {
  const message = `Run ${run.runId} is being rolled back already: rollback ${rollback.runId} is ${state}.`;
  const remedy =
    state === 'running'
      ? `Watch it with \`npx backfill monitor ${rollback.runId} --watch\`.`
      : `Carry it on as it was begun with \`npx backfill resume ${rollback.runId}\`; or end it with \`npx backfill abort ${rollback.runId}\`, then roll back with other options.`;
  return new BackfillError('run.refused', message, { remedy });
}

async function newestStanding(ports: Ports): Promise<RunRecord> {
  const [newest] = await standingRuns(ports.definition.name, ports);
  if (newest) return newest;
  throw new BackfillError('rollback.nothing', `No run of ${ports.definition.name} stands that changed anything.`);
}

async function open(run: RunRecord, input: RollbackInput, who: string, owner: Owner, ports: Ports): Promise<RunRecord> {
  const { definition, environment, embedded, ledger, artifacts } = ports;
  const dryRun = input.dryRun ?? false;
  const totals = run.totals ?? sumCounters(await allSegments(ledger, run));
  const { findings } = await preflight(ports, { purpose: 'undo', enrich: false, writes: changed(totals) });
  const rollback: RunRecord = {
    ...newRun(ports, owner),
    // What was written is undone by whatever version comes: the journal alone says how.
    version: run.version,
    options: {
      ...plainOptions,
      batchSize: input.batchSize ?? plainOptions.batchSize,
      segments: run.options.segments,
      dryRun,
      hash: !dryRun && (input.hash ?? embedded) && run.tableHash !== null,
      budgets: { ...ratesOf(budgetsOf(run, await ledger.control(run.runId))), ...budgetsIn(input) },
    },
    rollback: { of: run.runId, was: run.status, wasUndoneBy: run.undoneBy, skipDamaged: input.skipDamaged ?? false, rounds: run.rounds },
    estimatedItems: changed(totals),
    preflight: findings,
  };
  await artifacts.put(`runs/${rollback.runId}.json`, `${JSON.stringify(rollback, null, 2)}\n`);
  const event = { at: rollback.createdAt, who, what: dryRun ? 'rehearse rollback' : 'rollback' };
  if (dryRun) await ledger.createRun(rollback, []);
  else {
    await claim(run, rollback.runId, owner, ports);
    try {
      await ledger.createRun(rollback, lockNames(definition, environment));
    } catch (error) {
      await giveBack(rollback, ports);
      throw error;
    }
    await ledger.addEvent(run.runId, { ...event, details: { rollback: rollback.runId } });
  }
  await ledger.addEvent(rollback.runId, { ...event, details: { of: run.runId } });
  return rollback;
}

async function carryOn(rollback: RunRecord, who: string, owner: Owner, ports: Ports, epoch?: number): Promise<RunRecord> {
  if (rollback.status === 'running' && rollback.owner.execution === owner.execution) return rollback;
  requireEpoch(rollback, epoch);
  if (!rollback.rollback)
    throw new BackfillError('run.refused', `${rollback.runId} is no rollback; the rollback machine does not carry it on.`, {
      remedy: 'Start the machine of the backfill with that input instead.',
    });
  transition(rollback, 'resume', await isInterrupted(rollback, ports));
  await requireTable(ports);
  const { of, skipDamaged } = rollbackOf(rollback);
  const run = await ownRun(of, ports);
  await refuseExpired(run, skipDamaged, ports);
  if (!isRehearsal(rollback)) {
    await refuseBeneathNewer(run, ports);
    if (run.undoneBy !== rollback.runId) {
      transition(run, 'rollback', await isInterrupted(run, ports));
      await claim(run, rollback.runId, owner, ports);
    }
  }
  return reopen(rollback, 'resume', await allSegments(ports.ledger, rollback), who, owner, ports);
}
