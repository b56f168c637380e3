import { BackfillError } from './errors.ts';
import type { RunRecord } from './ledger.ts';
import type { Ports } from './ports.ts';
import { isWholeRehearsal } from './run.ts';

/** What production asks for beyond what every environment does. Whoever starts a machine meets it: a person, a schedule, the CLI. */

export const WORD = 'YES';

/** Whether nothing is written there without the word. */
export const needsWord = ({ environment }: Pick<Ports, 'environment'>): boolean => environment === 'production';

const DAY_MS = 86_400_000;

/** How long a rehearsal counts. */
export const REHEARSAL_DAYS = 7;

/** How many of the last runs are looked through for a rehearsal. */
const RECENT = 100;

/** @throws {BackfillError} `confirm.required` with the exact input to give */
export function requireConfirmation(
  input: { confirm?: string | undefined; backup?: boolean | undefined },
  ports: Pick<Ports, 'environment'>,
): void {
  if (!needsWord(ports) || input.confirm === WORD) return;
  const { confirm, ...rest } = input;
  const writes = input.backup === false ? 'This writes to production without a backup' : 'This writes to production';
  const given = confirm === undefined ? 'nobody has confirmed it' : `"${confirm}" is not the word that confirms it`;
  throw new BackfillError('confirm.required', `${writes}, and ${given}.`, {
    remedy: `If that is meant, start again with the input ${JSON.stringify({ ...rest, confirm: WORD })}, or on the command line with --confirm ${WORD}.`,
  });
}

/** @throws {BackfillError} `rehearsal.required` when this version was not rehearsed in production within the last days */
export async function requireRehearsal(
  input: { rehearsal?: boolean | undefined },
  { environment, definition, ledger, clock }: Ports,
): Promise<void> {
  if (environment !== 'production' || input.rehearsal === false) return;
  const { version } = definition;
  const since = new Date(clock.now() - REHEARSAL_DAYS * DAY_MS).toISOString();
  const runs = await ledger.listRuns(definition.name, RECENT);
  // One that only counted showed nobody what would be written.
  const counts = (run: RunRecord): boolean =>
    !run.options.countOnly && run.createdAt >= since && isWholeRehearsal(run, { environment, version });
  if (runs.some(counts)) return;
  const message = `Version ${version} of ${definition.name} was not rehearsed whole in production within the last ${REHEARSAL_DAYS} days.`;
  throw new BackfillError('rehearsal.required', message, {
    remedy:
      'Rehearse it with the input {"dryRun":true} (--dry-run), look at what it says, and start again; or say "rehearsal":false (--no-rehearsal).',
  });
}
