/** Who wants how much of one resource. */
export interface Demand {
  worker: string;
  /** What it uses by the second, lately. */
  use: number;
  /** The share of the time in which its share made it wait, 0 to 1. */
  waited: number;
  /** What it had last time; 0: nothing. */
  share: number;
  /** What it must still make good, if that is much; 0: nothing. */
  saving: number;
}

/** A worker that waits less than this is not held back. */
const HUNGRY_ABOVE = 0.05;

/** So much more than it uses has a worker that is not held back: a little room to use more. */
const ROOM = 1.05;

/** A hungry worker's claim is worked out from the time in which it did not wait; of that at least so much is assumed. */
const LEAST_BUSY = 0.05;

/** Where a share would let each do less than one of what it does in so many seconds, workers take turns. */
const TURN_SECONDS = 1;

/** Those whose turn it is do one in so many seconds: the fewer work at once, the less of any window is filled by chance. */
const IN_TURN_SECONDS = 0.4;

export const isHungry = ({ waited }: Pick<Demand, 'waited'>): boolean => waited > HUNGRY_ABOVE;

/** Shares by worker, together `limit`, and who gets none for now. */
export interface Dealt {
  shares: Record<string, number>;
  /** Hungry workers that wait for others' turns to end. */
  waiting: number;
}

/**
 * Deals out `limit` by demand: nobody gets more than it claims as long as somebody else claims more than it gets (max-min fair), and what nobody
 * claims goes to the hungry. Where the hungry are so many that each could do one write in a long time only, some of them work, and the others wait.
 *
 * `mean`: what one write (page, call) takes.
 */
export function deal(limit: number, demands: readonly Demand[], mean: number): Dealt {
  if (demands.length === 0) return { shares: {}, waiting: 0 };
  const hungry = demands.filter(isHungry);
  const ofEach = limit / Math.max(mean, 1e-9);
  const turns = hungry.length <= Math.floor(ofEach * TURN_SECONDS) ? hungry.length : Math.max(1, Math.floor(ofEach * IN_TURN_SECONDS));
  // Whoever has a large item to make good does that first: it is the run's budget that it has overdrawn. Then who had a share goes on; of the others, always the same ones come first.
  const order = [...hungry].sort((a, b) => b.saving - a.saving || b.share - a.share || (a.worker < b.worker ? -1 : 1));
  const waiting = new Set(order.slice(turns).map(({ worker }) => worker));
  const served = demands.filter(({ worker }) => !waiting.has(worker));
  const shares = waterFill(
    limit,
    served.map((demand) => ({ worker: demand.worker, claim: claimOf(demand) })),
  );
  const left = Math.max(0, limit - Object.values(shares).reduce((sum, share) => sum + share, 0));
  const takers = served.filter(isHungry);
  // With nobody hungry it is room for whoever will be.
  for (const { worker } of takers.length > 0 ? takers : served)
    shares[worker] = (shares[worker] ?? 0) + left / (takers.length || served.length);
  for (const worker of waiting) shares[worker] = 0;
  return { shares, waiting: waiting.size };
}

function claimOf({ use, waited }: Demand): number {
  if (waited <= HUNGRY_ABOVE) return use * ROOM;
  return waited >= 0.5 ? Number.POSITIVE_INFINITY : (use * ROOM) / Math.max(LEAST_BUSY, 1 - 2 * waited);
}

/** Equal shares, but for those who claim less. */
function waterFill(limit: number, claims: readonly { worker: string; claim: number }[]): Record<string, number> {
  const shares: Record<string, number> = {};
  let left = limit;
  for (const [index, { worker, claim }] of [...claims].sort((a, b) => a.claim - b.claim).entries()) {
    const share = Math.min(claim, left / (claims.length - index));
    shares[worker] = share;
    left -= share;
  }
  return shares;
}
