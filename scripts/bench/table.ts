import { best, type Cost, type Figure } from './measure.ts';

/** What the contenders took, and the bounds that their ratios are held against. Figures of one run, on one machine: only ratios mean anything. */

export type Contender = 'floor' | 'ours' | 'rollback' | 'peer' | 'script';
export type Costs = Readonly<Record<Contender, readonly Cost[]>>;

interface Bound {
  what: string;
  /** Whose figure is divided by whose. */
  of: Contender;
  by: Contender;
  figure: Figure;
  most: number;
}

export const BOUNDS: readonly Bound[] = [
  { what: 'client CPU an item, beside the floor', of: 'ours', by: 'floor', figure: 'cpuMs', most: 1.6 },
  { what: 'client CPU an item, beside the peer', of: 'ours', by: 'peer', figure: 'cpuMs', most: 1 / 4 },
  { what: 'wall time, beside the script', of: 'ours', by: 'script', figure: 'wallMs', most: 1 / 10 },
  { what: 'wall time, beside the floor', of: 'ours', by: 'floor', figure: 'wallMs', most: 1 / 0.85 },
  { what: 'wall time of a rollback, beside its run', of: 'rollback', by: 'ours', figure: 'wallMs', most: 1 },
];

/** On a small table, what preparing a run takes counts for much; on a shared machine, wall time for little. */
export const SHORT_BOUNDS: readonly Bound[] = [
  { what: 'client CPU an item, beside the floor', of: 'ours', by: 'floor', figure: 'cpuMs', most: 2.4 },
  { what: 'client CPU an item, beside the peer', of: 'ours', by: 'peer', figure: 'cpuMs', most: 1 / 2 },
  { what: 'client CPU of a rollback, beside its run', of: 'rollback', by: 'ours', figure: 'cpuMs', most: 2 },
];

export interface Judged extends Bound {
  ratio: number;
  holds: boolean;
}

export const judge = (costs: Costs, bounds: readonly Bound[]): Judged[] =>
  bounds.map((bound) => {
    const ratio = best(costs[bound.of], bound.figure) / best(costs[bound.by], bound.figure);
    return { ...bound, ratio, holds: ratio <= bound.most };
  });

export function print(costs: Costs, judged: readonly Judged[]): void {
  console.log('microseconds an item       client CPU      wall');
  for (const [name, rounds] of Object.entries(costs)) {
    const [cpu, wall] = [best(rounds, 'cpuMs'), best(rounds, 'wallMs')].map((figure) => figure.toFixed(0).padStart(9));
    console.log(`${name.padEnd(27)}${cpu} ${wall}`);
  }
  console.log('\nratio                                           is     at most');
  for (const { what, ratio, most, holds } of judged)
    console.log(`${what.padEnd(43)}${ratio.toFixed(3).padStart(7)}${most.toFixed(3).padStart(12)}   ${holds ? 'holds' : 'DOES NOT HOLD'}`);
}
