import { BackfillError, isBackfillError } from '../errors.ts';
import type { Owner, RunRecord } from '../ledger.ts';
import { parseRunInput, type RunInput } from '../options.ts';
import type { Ports } from '../ports.ts';
import { preflight } from '../preflight.ts';
import { completeOptions, lastSign, lockNames, newRunId, RESUMABLE, workedMs } from '../run.ts';

export interface RunRef {
  runId: string;
  epoch: number;
}

/**
 * Lets a run begin, or carries one on. Every rule that guards a table is enforced here, whoever starts the machine.
 *
 * @throws {BackfillError} `option.*`, `preflight.*`, `lock.held`, `service.key-missing`, `artifacts.unwritable`, `run.*`
 */
export async function prepare(rawInput: unknown, execution: string, ports: Ports): Promise<RunRef> {
  const input = parseRunInput(rawInput);
  const owner: Owner = { ...ports.owner, execution };
  const run =
    input.resume === undefined
      ? await beginOnce(input, owner, ports)
      : await carryOn(input.resume, input.startedBy ?? execution, owner, ports);
  return { runId: run.runId, epoch: run.epoch };
}

/** A repeated call of the same execution, whose first answer was lost, meets the run that it opened. */
async function beginOnce(input: RunInput, owner: Owner, ports: Ports): Promise<RunRecord> {
  try {
    return await begin(input, owner, ports);
  } catch (error) {
    if (!isBackfillError(error) || error.code !== 'lock.held') throw error;
    const holder = await ports.ledger.getRun(String(error.details.holder));
    if (holder?.owner.execution !== owner.execution) throw error;
    return holder;
  }
}

async function begin(input: RunInput, owner: Owner, ports: Ports): Promise<RunRecord> {
  const { definition, environment, ledger, clock, random } = ports;
  await preflight(ports, input.enrich ?? true);
  const items = await ports.inspector.estimateItems();
  const now = clock.now();
  const at = new Date(now).toISOString();
  const run: RunRecord = {
    runId: newRunId(now, random),
    backfill: definition.name,
    version: definition.version,
    environment,
    status: 'running',
    epoch: 1,
    owner,
    options: completeOptions(input, items),
    now: at,
    createdAt: at,
    workedMs: 0,
    startedAt: at,
    finishedAt: null,
    estimatedItems: items,
    pricePerCall: definition.service?.pricePerCall ?? 0,
    reason: null,
    totals: null,
    checks: null,
    stats: null,
  };
  await ports.artifacts.put(`runs/${run.runId}.json`, `${JSON.stringify(run, null, 2)}\n`);
  await ledger.createRun(run, lockNames(definition, environment));
  await ledger.addEvent(run.runId, { at, who: input.startedBy ?? owner.execution, what: 'start', details: { options: run.options } });
  return run;
}

async function carryOn(runId: string, who: string, owner: Owner, ports: Ports): Promise<RunRecord> {
  const { definition, environment, ledger, clock, executionEnded } = ports;
  const run = await ledger.getRun(runId);
  if (!run || run.environment !== environment) throw new BackfillError('run.unknown', `There is no run ${runId} in ${environment}.`);
  if (run.backfill !== definition.name)
    throw new BackfillError('run.unknown', `Run ${runId} is one of ${run.backfill}, not of ${definition.name}.`);
  if (run.version !== definition.version) {
    const message = `Run ${runId} was started with version ${run.version} of ${definition.name}; this is version ${definition.version}.`;
    const remedy = `Carry it on with the code that started it, or end it with \`npx backfill abort ${runId}\` and start anew.`;
    throw new BackfillError('run.not-resumable', message, { remedy });
  }
  if (!RESUMABLE.includes(run.status)) throw new BackfillError('run.not-resumable', `Run ${runId} is ${run.status}.`);
  if (run.status === 'running' && run.owner.execution === owner.execution) return run;
  if (run.status === 'running' && !(await executionEnded(run.owner))) {
    throw new BackfillError('run.alive', `Run ${runId} is being carried out already, by process ${run.owner.pid} on ${run.owner.host}.`);
  }
  await preflight(ports, run.options.enrich);
  const at = new Date(clock.now()).toISOString();
  const worked = workedMs(run, lastSign(await ledger.segments(runId, run.options.segments)));
  const reopened = await ledger.reopenRun(run, owner, { startedAt: at, workedMs: worked }, lockNames(definition, environment));
  await ledger.setControl(runId, { desired: 'run', reason: null, by: who, at });
  await ledger.addEvent(runId, { at, who, what: 'resume', details: { epoch: reopened.epoch } });
  return reopened;
}
