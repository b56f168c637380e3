import { BackfillError } from '../errors.ts';
import { readListing } from '../listings.ts';
import type { Ports } from '../ports.ts';
import type { RunRecord } from '../records/run.ts';
import type { SegmentRecord } from '../records/segment.ts';
import { numbers, openOf, presentRound } from '../rounds.ts';
import { sumCounters } from '../run.ts';
import { presentStage, stagesOf } from './stages.ts';
import { rollbackOf } from './undoing.ts';
import type { Damage } from './walk.ts';

/**
 * Names the segments of the present stage, or of the next one once it is done.
 *
 * @throws {BackfillError} `journal.damaged` when the inspection found damage and nobody said to go on without what is lost; nothing is undone then
 */
export async function planRollback(run: RunRecord, known: readonly SegmentRecord[], ports: Ports): Promise<number[]> {
  const present = presentRound(run, known);
  const width = run.options.segments;
  const isDone = present.length === width && present.every(({ state }) => state === 'done');
  if (!isDone || run.rounds === stagesOf(run).length) return openOf(wantedIn(run), run, known, ports.ledger);
  if (presentStage(run) === 'inspect') await refuseDamage(run, present, ports);
  const next = { ...run, rounds: run.rounds + 1 };
  await ports.ledger.updateRun(run.runId, run.epoch, { rounds: next.rounds });
  return openOf(wantedIn(next), next, known, ports.ledger);
}

const wantedIn = ({ rounds, options }: RunRecord): number[] => numbers(options.segments, (rounds - 1) * options.segments);

const NAMED = 3;

async function refuseDamage(run: RunRecord, inspected: readonly SegmentRecord[], { artifacts }: Ports): Promise<void> {
  const { of, skipDamaged } = rollbackOf(run);
  if (skipDamaged || !sumCounters(inspected).notes.damaged) return;
  const damaged = (await readListing(artifacts, 'damaged', run.runId, inspected)) as Damage[];
  const names = damaged
    .slice(0, NAMED)
    .map(({ name, why }) => `${name} (${why.replace(/^The journal object \S+ /, '').replace(/\.$/, '')})`);
  const more = damaged.length > NAMED ? `, and ${damaged.length - NAMED} more` : '';
  throw new BackfillError(
    'journal.damaged',
    `${damaged.length} of run ${of}'s journal objects cannot be used: ${names.join(', ')}${more}.`,
    {
      details: { damaged },
    },
  );
}
