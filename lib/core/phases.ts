import type { AnyDefinition, PhasePlan } from './definition.ts';
import { BackfillError } from './errors.ts';
import { hashOf } from './journal.ts';
import type { RunInput } from './options.ts';
import type { PhaseRecord, RunRecord } from './records/run.ts';
import { numbers } from './rounds.ts';

/** A phased run has at least so many segments, so that one per cent of them is a fair share of the table. */
export const PHASED_SEGMENTS = 200;

/** The phases of a smaller table would be too few items to judge. */
const WORTH_PHASES = 2_000;

/** Each gate is a person's attention, and its judgement is kept in the run's row. */
const MOST_PHASES = 10;

const NAMES: Readonly<Record<number, readonly string[]>> = {
  1: ['whole'],
  2: ['pilot', 'remainder'],
  3: ['pilot', 'major', 'remainder'],
};

/**
 * The phases that a run shall have: those it is asked for, or else its definition's, where the run and the table are whole and large enough for them.
 *
 * @throws {BackfillError} `option.invalid`
 */
export function choosePhases(
  input: Pick<RunInput, 'phases' | 'limit' | 'dryRun' | 'segments' | 'batchSize'>,
  estimatedItems: number | null,
  definition: Pick<AnyDefinition, 'phases' | 'batchSize'>,
): readonly PhasePlan[] {
  const obstacle = obstacleTo(input);
  if (input.phases !== undefined && input.phases !== 'none') {
    if (obstacle) throw invalid(input.phases, obstacle);
    return parsePhases(input.phases, input.batchSize, definition);
  }
  const isSmall = estimatedItems !== null && estimatedItems < WORTH_PHASES;
  if (input.phases === 'none' || obstacle || isSmall) return [];
  const { batchSize } = input;
  return batchSize === undefined ? definition.phases : definition.phases.map((phase) => ({ ...phase, batchSize }));
}

function obstacleTo({ limit, dryRun, segments }: Pick<RunInput, 'limit' | 'dryRun' | 'segments'>): string | undefined {
  if (limit !== undefined) return 'a limit is a pilot of its own; leave out one of them';
  if (dryRun) return 'a dry run has no phases, for it writes nothing';
  if (segments !== undefined && segments < PHASED_SEGMENTS)
    return `a phase must be a fair share of the table: a phased run has at least ${PHASED_SEGMENTS} segments, not ${segments}`;
  return undefined;
}

const invalid = (text: string, why: string): BackfillError =>
  new BackfillError('option.invalid', `The option "phases" cannot be ${JSON.stringify(text)}: ${why}.`, {
    details: { option: 'phases' },
    remedy:
      'Give shares in per cent, cumulative, up to 100, such as 7.5,35,100, each with a batch size if wanted: 7.5:50,35:100,100:200; or none.',
  });

function parsePhases(text: string, given: number | undefined, definition: Pick<AnyDefinition, 'phases' | 'batchSize'>): PhasePlan[] {
  const parts = text.split(',').map((part) => /^\s*(\d+(?:\.\d+)?) ?%?\s*(?::\s*(\d+))?\s*$/.exec(part));
  const wrong = parts.indexOf(null);
  if (wrong >= 0) throw invalid(text, `"${text.split(',')[wrong]}" is no share in per cent`);
  const known = definition.phases.length === parts.length ? definition.phases : [];
  const phases = parts.map((part, index) => ({
    name: known[index]?.name ?? NAMES[parts.length]?.[index] ?? `phase-${index + 1}`,
    upTo: Number(part?.[1]),
    batchSize: part?.[2] === undefined ? (given ?? known[index]?.batchSize ?? definition.batchSize) : Number(part[2]),
  }));
  for (const [index, { upTo, batchSize }] of phases.entries()) {
    if (upTo <= (phases[index - 1]?.upTo ?? 0))
      throw invalid(text, 'the shares are cumulative, so each must be more than the one before it');
    if (batchSize < 1 || batchSize > 1000) throw invalid(text, `a batch has 1 to 1000 items, not ${batchSize}`);
  }
  if (phases.length > MOST_PHASES) throw invalid(text, `there are ${phases.length} of them, and ${MOST_PHASES} are the most`);
  const last = phases.at(-1)?.upTo;
  if (last !== 100) throw invalid(text, `the last phase must end at 100, not at ${last}`);
  return phases;
}

/** Shares as numbers of segments; every phase has one at least. */
export function layOut(phases: readonly PhasePlan[], segments: number): PhaseRecord[] {
  let before = 0;
  return phases.map(({ name, upTo, batchSize }, index) => {
    const left = phases.length - index - 1;
    before = Math.max(before + 1, Math.min(segments - left, Math.ceil((upTo * segments) / 100 - 1e-9)));
    return { name, batchSize, upTo: before, gate: null };
  });
}

/** In a seeded random order, so that neighbours do not meet in one partition. */
export function shuffled(segments: readonly number[], seed: string): number[] {
  const ranked = segments.map((segment) => ({ segment, rank: hashOf(`${seed}/${segment}`) }));
  return ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1)).map(({ segment }) => segment);
}

export interface PresentPhase extends PhaseRecord {
  index: number;
  /** Its own segments. */
  segments: number[];
  isLast: boolean;
}

type Phased = Pick<RunRecord, 'runId' | 'phases' | 'options' | 'rounds'>;

/** The phase whose gate is not open yet; `undefined` in a run without phases, and once the scan is over. */
export function presentPhase(run: Phased): PresentPhase | undefined {
  const index = presentIndex(run);
  const phase = run.phases[index];
  if (!phase) return undefined;
  return { ...phase, index, segments: segmentsOf(run, index), isLast: index === run.phases.length - 1 };
}

/** Its index; -1: there is none. */
export const presentIndex = ({ phases, rounds }: Pick<RunRecord, 'phases' | 'rounds'>): number =>
  rounds > 1 ? -1 : phases.findIndex(({ gate }) => gate?.open !== true);

/** The segments of each phase alone. Every segment is hashed for it: once for all phases, not once for each. */
export function segmentsByPhase({ runId, phases, options }: Phased): number[][] {
  if (phases.length === 0) return [];
  const order = shuffled(numbers(options.segments), runId);
  return phases.map(({ upTo }, index) => order.slice(phases[index - 1]?.upTo ?? 0, upTo));
}

/** The segments of a phase alone. */
export const segmentsOf = (run: Phased, index: number): number[] => segmentsByPhase(run)[index] ?? [];

/** Items that a page of the scan reads. */
export const batchSizeOf = (run: Pick<RunRecord, 'phases' | 'rounds' | 'options'>): number =>
  run.phases[presentIndex(run)]?.batchSize ?? run.options.batchSize;

/** The run's phases with one of them changed. */
export const withPhase = ({ phases }: Pick<RunRecord, 'phases'>, index: number, change: Partial<PhaseRecord>): PhaseRecord[] =>
  phases.map((phase, at) => (at === index ? { ...phase, ...change } : phase));
