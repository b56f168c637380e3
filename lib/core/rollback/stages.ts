import type { RunRecord } from '../records/run.ts';

/**
 * What a rollback does, one after the other, each for all segments of the run: it reads the whole journal and finds whatever is missing
 * or damaged; it takes back what the journal has; it reads again what it took back. Each is a round of the rollback's own segments.
 */
export const STAGES = ['inspect', 'undo', 'verify'] as const;
export type Stage = (typeof STAGES)[number];

/** A dry run only looks: there is nothing to verify. */
export const stagesOf = ({ options }: RunRecord): readonly Stage[] => (options.dryRun ? STAGES.slice(0, 2) : STAGES);

export const presentStage = (run: RunRecord): Stage => stagesOf(run)[run.rounds - 1] ?? 'verify';

/** A rollback's segment, and the segment of the undone run whose journal it goes through. */
export function placeOf({ options }: RunRecord, segment: number): { stage: Stage; of: number } {
  return { stage: STAGES[Math.floor(segment / options.segments)] ?? 'verify', of: segment % options.segments };
}

/** The number of a rollback's segment. */
export const segmentOfStage = ({ options }: RunRecord, stage: Stage, of: number): number => STAGES.indexOf(stage) * options.segments + of;
