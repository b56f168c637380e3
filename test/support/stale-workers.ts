import type { SegmentStep } from '../../lib/core/segment.ts';
import { type Process, pass, portsOf, workOn } from './executions.ts';
import type { World } from './memory-ports.ts';
import type { Around, Kill } from './port-calls.ts';

/** Longer than any lease of these tests. */
export const PAST_ANY_LEASE = 20_000_000;

/** A worker that stands still at one of its calls until it is thawed: before the effect, or after it. */
export function freezing({ at, when }: Kill): { around: Around; frozen: Promise<void>; thaw: () => void; calls: () => number } {
  let count = 0;
  let sayFrozen = (): void => undefined;
  let thaw = (): void => undefined;
  const frozen = new Promise<void>((resolve) => {
    sayFrozen = resolve;
  });
  const warm = new Promise<void>((resolve) => {
    thaw = resolve;
  });
  const freeze = (): Promise<void> => {
    sayFrozen();
    return warm;
  };
  const around: Around = async (_, effect) => {
    const mine = count;
    count += 1;
    if (mine === at && when === 'before') await freeze();
    const result = await effect();
    if (mine === at && when === 'after') await freeze();
    return result;
  };
  return { around, frozen, thaw, calls: () => count };
}

export const free: Around = (_, effect) => effect();

/**
 * Workers of the same execution, each segment's first one with `kill`'s frost in it: once it stands still its lease runs out,
 * another does the segment, and then it wakes up.
 */
export function overtaken(world: World, kill: Kill): { process: Process; calls: () => number; froze: () => boolean } {
  const cold = freezing(kill);
  let froze = false;
  const alive = { isDead: async () => false };
  const process: Process = async (task) => {
    const slow = workOn(world)(task, portsOf(world, cold.around, alive));
    const isFrozen = await Promise.race([cold.frozen.then(() => true), slow.then(() => false)]);
    if (!isFrozen || froze) return slow;
    froze = true;
    pass(world, PAST_ANY_LEASE);
    const step = (await workOn(world)(task, portsOf(world, free, alive))) as SegmentStep;
    if (step.next !== 'done') throw new Error(`the other worker was told ${step.next}`);
    cold.thaw();
    return slow;
  };
  return { process, calls: cold.calls, froze: () => froze };
}
