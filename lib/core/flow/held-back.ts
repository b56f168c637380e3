import type { Resource } from './budgets.ts';

/** What holds a run back at the moment, the most binding first. */
export interface HeldBack {
  /**
   * `budget`, `reserve`, `ramp`: what was asked for. `untold`: there is a reserve, and the table has not told yet what it can take. `table`, `index`, `account`: a limit of DynamoDB's that has throttled lately.
   * `hot-segment`: key ranges of the table throttle, and the segments that meet them cool down. `service`: the outside service answers
   * that it is asked too often, and is asked again as late as it says. `big-item`: one write took or needs more than
   * a second's budget, so its worker waits until that is made good. `items`: all that the run may change are given out, so that workers wait for
   * what others leave of them. `turns`: the budget is too small for all workers, so that some wait for others.
   */
  by: 'budget' | 'reserve' | 'ramp' | 'untold' | 'table' | 'index' | 'account' | 'hot-segment' | 'service' | 'big-item' | 'items' | 'turns';
  resource: Resource;
  /** Of `index`, `reserve` and `ramp`: whose limit it is; `null`: the table's. */
  index: string | null;
  /** By the second, of the whole run; of `big-item`: units that are still to be made good; of `items`: how many are given out and not changed yet; of `turns`: how many workers wait. `null`: there is no figure. */
  limit: number | null;
  /** What the run uses by the second at the moment. */
  use: number;
}

const UNITS: Record<Resource, string> = { writeUnits: 'write units/s', readUnits: 'read units/s', calls: 'calls/s' };

const figure = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3))));

/** One clause for each, such as `the budget of 500 write units/s (498 in use)`. */
export const heldBackWords = (heldBack: readonly HeldBack[]): string[] => heldBack.map(wordsOf);

function wordsOf({ by, resource, index, limit, use }: HeldBack): string {
  const units = UNITS[resource];
  const inUse = `(${figure(use)} in use)`;
  const at = limit === null ? '' : `, at ${figure(limit)} ${units} for now`;
  const whose = index === null ? 'the table' : `index ${index}`;
  switch (by) {
    case 'budget':
      return `the budget of ${figure(limit ?? 0)} ${units} ${inUse}`;
    case 'reserve':
      return `what is reserved for others on ${whose}: ${figure(limit ?? 0)} ${units} are left ${inUse}`;
    case 'ramp':
      return `the ramp of ${whose}, billed on demand: at most ${figure(limit ?? 0)} ${units} within this half hour ${inUse}`;
    case 'untold':
      return `what the table can take, which it has not told yet: ${figure(limit ?? 0)} ${units} until then, for the sake of the reserve ${inUse}`;
    case 'table':
      return `the limit of the table, which throttles${at} ${inUse}`;
    case 'index':
      return `the limit of ${whose}, which throttles${at} ${inUse}`;
    case 'account':
      return `a limit of the account, which throttles${at} ${inUse}`;
    case 'hot-segment':
      return 'a hot key range of the table: the segments that meet it cool down, the others go on';
    case 'service':
      return `the outside service, which answers that it is asked too often ${inUse.replace(' in use', ` ${units} in use`)}`;
    case 'big-item':
      return `a large item: ${figure(limit ?? 0)} ${units.replace('/s', '')} are still to be made good for it`;
    case 'items':
      return `the items that it may change: the last ${figure(limit ?? 0)} are given out, and workers wait for what others leave of them`;
    case 'turns':
      return `a budget too small for all workers at once: ${figure(limit ?? 0)} ${limit === 1 ? 'waits for its turn' : 'wait for their turn'}`;
  }
}
