import { type Cost, type Figure, median, perItem } from './measure.ts';

/** What the contenders took, and the bounds that their ratios are held against. Figures of one run, on one machine: only ratios mean anything. */

export type Contender = 'floor' | 'ours' | 'rollback' | 'peer' | 'script';

/** `ours`: until everything is changed. `whole run`: the same with its checks, until it has ended; so far goes a rollback, which has its reading again in it. */
export type Row = Contender | 'whole run';
export type Costs = Readonly<Record<Row, readonly Cost[]>>;

/** As the endpoint is, and so far away that a call takes its time; `undefined`: there was no such contest. */
export interface Contests {
  near: Costs;
  far: Costs | undefined;
}

interface Bound {
  what: string;
  /** Whose figure is divided by whose. */
  of: Row;
  by: Row;
  figure: Figure;
  where: keyof Contests;
  /** `null`: it is said, and not judged. */
  most: number | null;
}

/**
 * Waiting for answers is what makes a script slow: beside it, wall time is judged where there is something to wait for.
 * A rollback reads everything again before it ends, and is judged beside a run that has been checked; beside the run unchecked it is said what it takes.
 */
export const BOUNDS: readonly Bound[] = [
  { what: 'client CPU an item, beside the floor', of: 'ours', by: 'floor', figure: 'cpuMs', where: 'near', most: 1.6 },
  { what: 'client CPU an item, beside the peer', of: 'ours', by: 'peer', figure: 'cpuMs', where: 'near', most: 1 / 4 },
  { what: 'wall time, beside the floor', of: 'ours', by: 'floor', figure: 'wallMs', where: 'near', most: 1 / 0.85 },
  { what: 'wall time, beside the script', of: 'ours', by: 'script', figure: 'wallMs', where: 'near', most: null },
  { what: 'wall time at a distance, beside the script', of: 'ours', by: 'script', figure: 'wallMs', where: 'far', most: 1 / 10 },
  { what: 'wall time at a distance, beside the floor', of: 'ours', by: 'floor', figure: 'wallMs', where: 'far', most: 1 / 0.85 },
  { what: 'wall time of a rollback, beside its whole run', of: 'rollback', by: 'whole run', figure: 'wallMs', where: 'near', most: 1 },
  { what: 'client CPU of a rollback, beside its whole run', of: 'rollback', by: 'whole run', figure: 'cpuMs', where: 'near', most: 1 },
  { what: 'wall time of a rollback, the run unchecked', of: 'rollback', by: 'ours', figure: 'wallMs', where: 'near', most: null },
  { what: 'client CPU of a rollback, the run unchecked', of: 'rollback', by: 'ours', figure: 'cpuMs', where: 'near', most: null },
];

/** On a small table, what preparing a run takes counts for much; on a shared machine, wall time for little. */
export const SHORT_BOUNDS: readonly Bound[] = [
  { what: 'client CPU an item, beside the floor', of: 'ours', by: 'floor', figure: 'cpuMs', where: 'near', most: 2 },
  { what: 'client CPU an item, beside the peer', of: 'ours', by: 'peer', figure: 'cpuMs', where: 'near', most: 0.38 },
  { what: 'client CPU of a rollback, the run unchecked', of: 'rollback', by: 'ours', figure: 'cpuMs', where: 'near', most: 1.4 },
];

export interface Judged extends Bound {
  ratio: number;
  /** The least and the most that a single round gave. */
  rounds: { least: number; most: number };
  holds: boolean;
}

/**
 * Each round gives a ratio of its own, and the median of these is judged: a shared machine is fast for one minute and slow for the next, and the
 * contenders of one round ran within the same minutes. What a contest that did not take place would tell is not judged.
 */
export const judge = (contests: Contests, bounds: readonly Bound[]): Judged[] =>
  bounds.flatMap((bound) => {
    const costs = contests[bound.where];
    if (!costs) return [];
    const { of, by, figure } = bound;
    const each = costs[of].map((cost, round) => perItem(cost, figure) / perItem(costs[by][round] as Cost, figure));
    const ratio = median(each);
    return {
      ...bound,
      ratio,
      rounds: { least: Math.min(...each), most: Math.max(...each) },
      holds: bound.most === null || ratio <= bound.most,
    };
  });

export function printCosts(title: string, costs: Costs): void {
  console.log(`${`microseconds an item, ${title}`.padEnd(40)}client CPU      wall`);
  for (const [name, rounds] of Object.entries(costs)) {
    if (rounds.length === 0) continue;
    const [cpu, wall] = (['cpuMs', 'wallMs'] as const).map((figure) =>
      median(rounds.map((cost) => perItem(cost, figure)))
        .toFixed(0)
        .padStart(9),
    );
    console.log(`${name.padEnd(41)}${cpu} ${wall}`);
  }
  console.log();
}

export function printJudged(judged: readonly Judged[]): void {
  console.log(`${'ratio'.padEnd(47)}     is    of single rounds     at most`);
  for (const { what, ratio, rounds, most, holds } of judged) {
    const spread = `${rounds.least.toFixed(3)} to ${rounds.most.toFixed(3)}`.padStart(20);
    const verdict = most === null ? '     not judged' : `${most.toFixed(3).padStart(12)}   ${holds ? 'holds' : 'DOES NOT HOLD'}`;
    console.log(`${what.padEnd(47)}${ratio.toFixed(3).padStart(7)}${spread}${verdict}`);
  }
}
