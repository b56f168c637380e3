import type { Budgets } from '../core/flow/budgets.ts';
import type { TableSpec } from './items.ts';
import type { LiveSpec } from './live.ts';
import type { Simulated } from './simulate.ts';

/** What happens to a run on its way; `at`: seconds after it began. */
export type Happening =
  /** Somebody sets budgets anew. */
  | { at: number; kind: 'tune'; budgets: Partial<Budgets> }
  /** The table gets other capacity. */
  | { at: number; kind: 'provision'; writeUnits: number }
  /** So many workers die at once, and others take their places. */
  | { at: number; kind: 'kill'; workers: number }
  /** So many workers find nothing to read for some seconds. */
  | { at: number; kind: 'idle'; workers: number; seconds: number };

export interface RunSpec {
  workers: number;
  segments: number;
  /** Items a page; left out: 100. */
  batchSize?: number;
  /** What the run may use; left out: as much as it can. */
  budgets?: Partial<Budgets>;
  /** Looks and counts, and writes nothing: an assessment. */
  countOnly?: boolean;
  /** Seconds that an invocation may take; left out: Lambda's 900. */
  invocationSeconds?: number;
}

/** A world to simulate, as data. */
export interface Scene {
  table: TableSpec;
  /** Left out: there is no run, only what others do. */
  run?: RunSpec;
  live?: LiveSpec;
  happenings?: readonly Happening[];
  /** Seconds after which nobody looks any more; left out: until the run is done. */
  lasts?: number;
}

/** One figure, and the bound that it must keep. */
export interface Verdict {
  /** What was measured. */
  what: string;
  figure: number;
  unit: string;
  /** Both inclusive. */
  least?: number;
  most?: number;
}

export const isKept = ({ figure, least, most }: Verdict): boolean =>
  Number.isFinite(figure) && figure >= (least ?? Number.NEGATIVE_INFINITY) && figure <= (most ?? Number.POSITIVE_INFINITY);

/** What is claimed of an engine, and the worlds in which it is tried. */
export interface Scenario {
  /** Short, lower case: what `--only` takes. */
  name: string;
  /** What happens, in a sentence. */
  about: string;
  scenes: Readonly<Record<string, Scene>>;
  /** Of what went on in each scene. */
  judge: (simulated: Readonly<Record<string, Simulated>>) => Verdict[];
}
