import { putCapacityBack } from '../../../lib/core/capacity.ts';
import { BackfillError } from '../../../lib/core/errors.ts';
import { makeReady } from '../../../lib/core/make-ready.ts';
import type { CapacityState, Ports, TableKeeper } from '../../../lib/core/ports.ts';
import type { BackupRecord, CapacityRecord, RunOptions, RunRecord, WriteCapacity } from '../../../lib/core/records/run.ts';
import { abandon, recordFailure } from '../../../lib/core/steps/finish.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { memoryWorld, RUN_ID, type World } from '../../support/memory-ports.ts';
import { type Kill, Killed, mortal, tapped } from '../../support/port-calls.ts';
import { doubling } from '../../support/thing-definitions.ts';

/** A table whose backups and changes take their time: so many looks until one is there. */
class SlowKeeper implements TableKeeper {
  begun: string[] = [];
  wanted: WriteCapacity[] = [];
  mode: CapacityState['mode'] = 'provisioned';
  units: WriteCapacity = { '': 5, byA: 40 };
  backupTakes = 2;
  changeTakes = 2;
  refusal: BackfillError | undefined;
  #pending: { units: WriteCapacity; looks: number } | undefined;
  #looks = new Map<string, number>();

  async backUp(name: string): Promise<BackupRecord> {
    this.begun.push(name);
    const where = `backup ${this.begun.length}`;
    return { name, where, restore: `restore ${where}`, status: 'creating', bytes: null, at: 'then' };
  }
  async backupStatus(backup: BackupRecord): Promise<BackupRecord> {
    const looks = (this.#looks.get(backup.where) ?? 0) + 1;
    this.#looks.set(backup.where, looks);
    return looks > this.backupTakes ? { ...backup, status: 'available', bytes: 9 } : backup;
  }
  async writeCapacity(): Promise<CapacityState> {
    const pending = this.#pending;
    if (pending) pending.looks += 1;
    if (pending && pending.looks > this.changeTakes) {
      this.units = pending.units;
      this.#pending = undefined;
    }
    return { mode: this.mode, units: this.units, settled: !this.#pending };
  }
  async setWriteCapacity(_: CapacityState['mode'], units: WriteCapacity): Promise<boolean> {
    if (this.refusal) throw this.refusal;
    if (this.#pending) return false;
    this.wanted.push(units);
    this.#pending = { units, looks: 0 };
    return true;
  }
  async commandFor(units: WriteCapacity): Promise<string> {
    return `set ${JSON.stringify(units)}`;
  }
}

const REF = { runId: RUN_ID, epoch: 1 };

function bench(options: Partial<RunOptions>): { world: World; keeper: SlowKeeper; run: () => RunRecord; told: () => string[] } {
  const keeper = new SlowKeeper();
  const world = memoryWorld({ definition: doubling, items: [], options, overrides: { keeper } });
  const run = () => world.ledger.runs.get(RUN_ID) as RunRecord;
  return { world, keeper, run, told: () => world.ledger.log.map(({ what }) => what) };
}

const settle = async (keeper: SlowKeeper): Promise<WriteCapacity> => {
  for (;;) {
    const { settled, units } = await keeper.writeCapacity();
    if (settled) return units;
  }
};

describe('the backup', () => {
  test('is named after backfill and run, waited for, and recorded with where it is and its size', async () => {
    const { world, keeper, run, told } = bench({ backup: true });
    expect(await makeReady(REF, world.ports)).toEqual({ next: 'done' });
    expect(keeper.begun).toEqual([`backfill-doubling-${RUN_ID}`]);
    expect(run().backup).toMatchObject({ where: 'backup 1', restore: 'restore backup 1', status: 'available', bytes: 9 });
    expect(told()).toEqual(['backup', 'backup available']);
    expect((world.ports.clock as FakeClock).waits).toEqual([5_000, 5_000, 5_000]);
  });

  test('is taken once: a run that is carried on has it', async () => {
    const { world, keeper } = bench({ backup: true });
    await makeReady(REF, world.ports);
    await makeReady(REF, world.ports);
    expect(keeper.begun).toHaveLength(1);
  });

  test.each<[string, Partial<RunOptions>]>([
    ['a run that wants none', { backup: false }],
    ['a rehearsal', { backup: true, raiseWriteUnits: 50, dryRun: true }],
  ])('is not taken for %s', async (_, options) => {
    const { world, keeper, run } = bench(options);
    expect(await makeReady(REF, world.ports)).toEqual({ next: 'done' });
    expect([keeper.begun, keeper.wanted, run().backup, run().capacity]).toEqual([[], [], null, null]);
  });

  test('that takes longer than an invocation is looked after by the next', async () => {
    const { world, keeper, run } = bench({ backup: true });
    keeper.backupTakes = 200;
    expect(await makeReady(REF, world.ports)).toEqual({ next: 'more' });
    const waited = (world.ports.clock as FakeClock).waits.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBe(600_000);
    expect(run().backup?.status).toBe('creating');
    expect(await makeReady(REF, world.ports)).toEqual({ next: 'done' });
    expect(keeper.begun).toHaveLength(1);
  });

  test('that fails is forgotten, so that the run, once resumed, takes another', async () => {
    const { world, keeper, run } = bench({ backup: true });
    keeper.backupStatus = async () => {
      throw new BackfillError('backup.failed', 'It is DELETED.');
    };
    await expect(makeReady(REF, world.ports)).rejects.toMatchObject({ code: 'backup.failed' });
    expect(run().backup).toBeNull();
  });

  test('is not waited for by a run that was told to stand still, nor by an execution that is superseded', async () => {
    const { world, keeper, run } = bench({ backup: true });
    keeper.backupTakes = Number.POSITIVE_INFINITY;
    await world.ledger.command(RUN_ID, { desired: 'hold', reason: null, by: 'me', at: 'now' });
    expect(await makeReady(REF, world.ports)).toEqual({ next: 'done' });
    world.ledger.runs.set(RUN_ID, { ...run(), epoch: 2 });
    await expect(makeReady(REF, world.ports)).rejects.toMatchObject({ code: 'run.superseded' });
  });
});

describe('the write capacity', () => {
  test('is raised where it is lower, after what stood before was written down', async () => {
    const { world, keeper, run } = bench({ raiseWriteUnits: 50 });
    const recorded: (CapacityRecord | null)[] = [];
    const set = keeper.setWriteCapacity.bind(keeper);
    keeper.setWriteCapacity = async (...change) => {
      recorded.push(run().capacity);
      return set(...change);
    };
    expect(await makeReady(REF, world.ports)).toEqual({ next: 'done' });
    const capacity = { mode: 'provisioned', before: { '': 5, byA: 40 }, raised: 50, restore: 'set {"":5,"byA":40}' };
    expect(recorded).toEqual([{ ...capacity, state: 'raising' }]);
    expect(run().capacity).toEqual({ ...capacity, state: 'raised' });
    expect(keeper.units).toEqual({ '': 50, byA: 50 });
  });

  test('that is enough already is left alone, and nothing is put back', async () => {
    const { world, keeper, run } = bench({ raiseWriteUnits: 4 });
    expect(await makeReady(REF, world.ports)).toEqual({ next: 'done' });
    await recordFailure(REF, undefined, world.ports);
    expect([keeper.wanted, run().capacity]).toEqual([[], null]);
  });

  test('that settles below what was asked for is refused, and so is one that this endpoint does not know', async () => {
    const { world, keeper } = bench({ raiseWriteUnits: 50 });
    keeper.setWriteCapacity = async () => true;
    const message = expect.stringContaining('5, byA 40, not at 50');
    await expect(makeReady(REF, world.ports)).rejects.toMatchObject({ code: 'capacity.refused', message });
    keeper.units = {};
    await expect(makeReady(REF, world.ports)).rejects.toMatchObject({ code: 'capacity.refused' });
  });

  test('is put back when the run ends, but for what somebody else has set since', async () => {
    const { world, keeper, run, told } = bench({ raiseWriteUnits: 50 });
    await makeReady(REF, world.ports);
    keeper.units = { '': 50, byA: 70 };
    await recordFailure(REF, { Error: 'table.unreachable', Cause: 'down' }, world.ports);
    expect(await settle(keeper)).toEqual({ '': 5, byA: 70 });
    expect(run()).toMatchObject({ status: 'failed', capacity: { state: 'restored' } });
    expect(told()).toEqual(['raise capacity', 'capacity put back', 'failed']);
  });

  test('is raised again by a run that is carried on, and put back again', async () => {
    const { world, keeper, run } = bench({ raiseWriteUnits: 50 });
    await makeReady(REF, world.ports);
    await recordFailure(REF, undefined, world.ports);
    world.ledger.runs.set(RUN_ID, { ...run(), status: 'running', epoch: 2 });
    const again = { runId: RUN_ID, epoch: 2 };
    expect(await makeReady(again, world.ports)).toEqual({ next: 'done' });
    expect(keeper.units).toEqual({ '': 50, byA: 50 });
    await abandon(run(), { code: 'aborted', message: 'by me' }, world.ports);
    expect(await settle(keeper)).toEqual({ '': 5, byA: 40 });
    expect(run()).toMatchObject({ status: 'aborted', capacity: { state: 'restored' } });
  });

  test('that cannot be put back is said with the command to do it by hand, and the run ends all the same', async () => {
    const { world, keeper, run } = bench({ raiseWriteUnits: 50 });
    await makeReady(REF, world.ports);
    keeper.refusal = new BackfillError('capacity.refused', 'Too many decreases today.');
    await recordFailure(REF, undefined, world.ports);
    expect(run()).toMatchObject({ status: 'failed', capacity: { state: 'restoring' } });
    const event = world.ledger.log.find(({ what }) => what === 'capacity not put back');
    expect(event?.details).toEqual({ code: 'capacity.refused', message: 'Too many decreases today.', byHand: 'set {"":5,"byA":40}' });
  });

  test('of a table billed on demand stays, and that is said', async () => {
    const { world, keeper, run, told } = bench({ raiseWriteUnits: 50 });
    keeper.mode = 'warm';
    await makeReady(REF, world.ports);
    await recordFailure(REF, undefined, world.ports);
    expect(await settle(keeper)).toEqual({ '': 50, byA: 50 });
    expect(told()).toContain('capacity stays');
    expect(run().capacity).toMatchObject({ mode: 'warm', state: 'raised' });
  });

  test('of a run whose execution died is put back by the rollback that undoes it, and by no rehearsal of one', async () => {
    const { world, keeper, run } = bench({ raiseWriteUnits: 50 });
    await makeReady(REF, world.ports);
    const rollback = { of: RUN_ID, was: 'running' as const, wasUndoneBy: null, skipDamaged: false };
    const undoing: RunRecord = { ...run(), runId: 'undoing', capacity: null, rollback };
    await putCapacityBack({ ...undoing, options: { ...undoing.options, dryRun: true } }, world.ports);
    expect(await settle(keeper)).toEqual({ '': 50, byA: 50 });
    await putCapacityBack(undoing, world.ports);
    expect(await settle(keeper)).toEqual({ '': 5, byA: 40 });
    expect(run().capacity?.state).toBe('restored');
  });
});

/** Dies at one call; what comes after it is carried out by the next execution, whole. */
async function dying(kill: Kill | undefined, work: (ports: Ports) => Promise<unknown>, world: World): Promise<number> {
  const { around, calls } = mortal(kill);
  try {
    await work(tapped(world.ports, around));
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
  return calls();
}

describe('whichever call it dies at', () => {
  const options: Partial<RunOptions> = { backup: true, raiseWriteUnits: 50 };
  /** All that concerns the table as a whole, from the first look to the end of the run. */
  const life = async (ports: Ports): Promise<void> => {
    await makeReady(REF, ports);
    await recordFailure(REF, undefined, ports);
  };

  test('one backup is recorded, it is there, and the capacity is as it was in the end', async () => {
    const whole = bench(options);
    const calls = await dying(undefined, life, whole.world);
    expect(calls).toBeGreaterThan(20);
    for (let at = 0; at < calls; at += 1) {
      for (const when of ['before', 'after'] as const) {
        const { world, keeper, run } = bench(options);
        await dying({ at, when }, life, world);
        await life(world.ports);
        expect(await settle(keeper)).toEqual({ '': 5, byA: 40 });
        expect(run()).toMatchObject({ status: 'failed', backup: { status: 'available' }, capacity: { state: 'restored' } });
        // A second one is begun only where the first one's answer was lost.
        expect(run().backup?.where).toBe(`backup ${keeper.begun.length}`);
        expect(keeper.begun.length).toBeLessThanOrEqual(2);
        expect(new Set(keeper.begun).size).toBe(1);
      }
    }
  });

  test('the capacity is put back by whoever ends the run, though nobody carries it on', async () => {
    const whole = bench(options);
    const calls = await dying(undefined, life, whole.world);
    for (let at = 0; at < calls; at += 1) {
      const { world, keeper, run } = bench(options);
      await dying({ at, when: 'after' }, life, world);
      await abandon(run(), { code: 'aborted', message: 'by me' }, world.ports);
      expect(await settle(keeper)).toEqual({ '': 5, byA: 40 });
    }
  });
});
