import { BackfillError, errorLine } from './errors.ts';
import type { CapacityKeeper, CapacityState, Ports } from './ports.ts';
import type { CapacityRecord, RunRecord, WriteCapacity } from './records/run.ts';
import { isRehearsal } from './run.ts';

/** The write capacity that a run asks for while it goes, and puts back when it ends. */

export const POLL_MS = 5_000;

/** A table that says it is settled may not show the units that were asked for at once: descriptions are eventually consistent. */
const LOOKS_AFTER_ASKING = 12;

/** For so long the end of a run waits for a table that is being changed. */
const PUT_BACK_PATIENCE_MS = 5 * 60_000;

const mapped = (units: WriteCapacity, change: (has: number, name: string) => number): WriteCapacity =>
  Object.fromEntries(Object.entries(units).map(([name, has]) => [name, change(has, name)]));

const belowOf = (units: WriteCapacity, wanted: number): WriteCapacity =>
  Object.fromEntries(Object.entries(units).filter(([, has]) => has < wanted));

const raisedTo = (units: WriteCapacity, wanted: number): WriteCapacity => mapped(units, (has) => Math.max(has, wanted));

/** Only what still stands where the run has put it: what somebody has set since is theirs. */
const loweredAgain = (units: WriteCapacity, { before, raised }: CapacityRecord): WriteCapacity =>
  mapped(units, (has, name) => (has === raised ? Math.min(has, before[name] ?? has) : has));

/**
 * One invocation's raising: each call looks once, asks if that was not done yet, and says whether the capacity is there.
 *
 * @throws {BackfillError} `capacity.refused`
 */
export function raising(): (run: RunRecord, ports: Ports) => Promise<boolean> {
  let asked = false;
  let looks = LOOKS_AFTER_ASKING;
  return async (run, ports) => {
    const wanted = run.options.raiseWriteUnits;
    if (!wanted) return true;
    const state = await ports.keeper.writeCapacity();
    if (!state.settled) return false;
    if (state.units[''] === undefined)
      throw new BackfillError(
        'capacity.refused',
        'The table is billed on demand, and this endpoint does not know of warm throughput: there is nothing to raise.',
      );
    if (Object.keys(belowOf(state.units, wanted)).length === 0) {
      await recordRaised(run, ports);
      return true;
    }
    if (asked) {
      looks -= 1;
      if (looks > 0) return false;
      throw new BackfillError(
        'capacity.refused',
        `The write capacity has settled at ${told(state.units)}, not at ${wanted} units a second.`,
      );
    }
    await recordRaising(run, wanted, state, ports);
    asked = await ports.keeper.setWriteCapacity(state.mode, raisedTo(state.units, wanted));
    return false;
  };
}

const told = (units: WriteCapacity): string =>
  Object.entries(units)
    .map(([name, has]) => (name === '' ? `${has}` : `${name} ${has}`))
    .join(', ');

/** What stood before is written down before it is raised; of one that was never put back, what stood at first. */
async function recordRaising(run: RunRecord, wanted: number, state: CapacityState, ports: Ports): Promise<void> {
  const { mode, units } = state;
  const standing = run.capacity?.mode === mode && run.capacity.state !== 'restored' ? run.capacity : undefined;
  const restore = standing?.restore ?? (await ports.keeper.commandFor(belowOf(units, wanted)));
  const capacity: CapacityRecord = { mode, before: units, restore, ...standing, raised: wanted, state: 'raising' };
  await ports.ledger.updateRun(run.runId, run.epoch, { capacity });
  if (!standing) await note(run, 'raise capacity', { mode, from: units, to: wanted }, ports);
}

async function recordRaised(run: RunRecord, ports: Ports): Promise<void> {
  const { capacity } = run;
  if (!capacity || capacity.state === 'restored' || capacity.state === 'raised') return;
  await ports.ledger.updateRun(run.runId, run.epoch, { capacity: { ...capacity, state: 'raised' } });
}

type LoweringPorts = Pick<Ports, 'ledger' | 'clock'> & { keeper: CapacityKeeper };

/**
 * Puts back what a run has raised, whichever way its execution ends; a rollback does it for the run it undoes, whose own execution may have died.
 * A failure is written down with the command to do it by hand, and stops nothing.
 */
export async function putCapacityBack(run: RunRecord, ports: LoweringPorts): Promise<void> {
  const undone = run.rollback && !isRehearsal(run) ? await ports.ledger.getRun(run.rollback.of) : undefined;
  if (undone?.capacity?.mode === 'provisioned') await putBack(undone, undone.capacity, ports);
  if (run.capacity) await putBack(run, run.capacity, ports);
}

async function putBack(run: RunRecord, capacity: CapacityRecord, ports: LoweringPorts): Promise<void> {
  if (capacity.state === 'restored') return;
  if (capacity.mode === 'warm') {
    await note(
      run,
      'capacity stays',
      { mode: 'warm', from: capacity.before, to: capacity.raised, why: 'warm throughput cannot be lowered' },
      ports,
    );
    return;
  }
  // Also the fence: whoever has taken the run over meanwhile needs what it has raised.
  await ports.ledger.updateRun(run.runId, run.epoch, { capacity: { ...capacity, state: 'restoring' } });
  try {
    await lower(capacity, ports);
  } catch (error) {
    await note(run, 'capacity not put back', { ...errorLine(error), byHand: capacity.restore }, ports);
    return;
  }
  await ports.ledger.updateRun(run.runId, run.epoch, { capacity: { ...capacity, state: 'restored' } });
  await note(run, 'capacity put back', { to: capacity.before }, ports);
}

async function lower(capacity: CapacityRecord, { keeper, clock }: LoweringPorts): Promise<void> {
  const until = clock.now() + PUT_BACK_PATIENCE_MS;
  for (;;) {
    const { mode, units, settled } = await keeper.writeCapacity();
    // Billed on demand meanwhile: there is nothing left to put back.
    if (mode !== capacity.mode) return;
    if (settled && (await keeper.setWriteCapacity(mode, loweredAgain(units, capacity)))) return;
    if (clock.now() >= until) throw new BackfillError('capacity.refused', 'The table is still being changed by somebody else.');
    await clock.sleep(POLL_MS);
  }
}

async function note(
  run: RunRecord,
  what: string,
  details: Record<string, unknown>,
  { ledger, clock }: Pick<Ports, 'ledger' | 'clock'>,
): Promise<void> {
  await ledger.addEvent(run.runId, { at: new Date(clock.now()).toISOString(), who: run.owner.execution, what, details });
}
