import { DAY_MS } from './day.ts';
import { BackfillError } from './errors.ts';
import type { Ports } from './ports.ts';
import type { RunRecord } from './records/run.ts';
import { isWholeRehearsal } from './run.ts';

/** What production asks for beyond what every environment does. Whoever starts a machine meets it: a person, a schedule, the CLI. */

export const WORD = 'YES';

/** Whether nothing is written there without the word. */
export const needsWord = ({ environment }: Pick<Ports, 'environment'>): boolean => environment === 'production';

/** How long a rehearsal counts. */
export const REHEARSAL_DAYS = 7;

/** How many of the last runs are looked through for a rehearsal. */
const RECENT = 100;

/** A schedule that goes every night leaves its rehearsal behind many runs. */
const ALL = 10_000;

/** @throws {BackfillError} `confirm.required` with the exact input to give */
export function requireConfirmation(
  input: { confirm?: string | undefined; confirmedBy?: string | undefined; backup?: boolean | undefined; startedBy?: string | undefined },
  ports: Pick<Ports, 'environment'>,
): void {
  // Who has confirmed it beforehand has done so for code that was rehearsed: see `requireRehearsal`.
  if (!needsWord(ports) || input.confirm === WORD || input.confirmedBy !== undefined) return;
  // Who starts it again says who that is.
  const { confirm, startedBy: _, ...rest } = input;
  const writes = input.backup === false ? 'This writes to production without a backup' : 'This writes to production';
  const given = confirm === undefined ? 'nobody has confirmed it' : `"${confirm}" is not the word that confirms it`;
  throw new BackfillError('confirm.required', `${writes}, and ${given}.`, {
    remedy: `If that is meant, start again with the input ${JSON.stringify({ ...rest, confirm: WORD })}, or on the command line with --confirm ${WORD}.`,
  });
}

interface Rehearsed {
  rehearsal?: boolean | undefined;
  confirmedBy?: string | undefined;
  digest?: string | undefined;
}

/** @throws {BackfillError} `rehearsal.required` when what would write was not rehearsed here: by hand within the last days, for a schedule ever */
export async function requireRehearsal(input: Rehearsed, ports: Ports): Promise<void> {
  if (input.confirmedBy !== undefined) return requireRehearsedCode(input.confirmedBy, input.digest, ports);
  const { environment, definition, clock } = ports;
  if (environment !== 'production' || input.rehearsal === false) return;
  const since = new Date(clock.now() - REHEARSAL_DAYS * DAY_MS).toISOString();
  if ((await rehearsalsOf(ports, RECENT)).some(({ createdAt }) => createdAt >= since)) return;
  const message = `Version ${definition.version} of ${definition.name}, as its code is now, was not rehearsed whole in production within the last ${REHEARSAL_DAYS} days.`;
  throw new BackfillError('rehearsal.required', message, {
    remedy:
      'Rehearse it with the input {"dryRun":true} (--dry-run), look at what it says, and start again; or say "rehearsal":false (--no-rehearsal).',
  });
}

/** Nobody looks on when a schedule starts a run: it holds for the very code that it was deployed with, and only once somebody has rehearsed that. */
async function requireRehearsedCode(who: string, given: string | undefined, ports: Ports): Promise<void> {
  const { environment, definition, digest } = ports;
  if (environment === 'local') return;
  const refuse = (message: string, remedy?: string): never => {
    throw new BackfillError('rehearsal.required', message, { ...(remedy && { remedy }), details: { confirmedBy: who, digest: given } });
  };
  if (given !== digest)
    refuse(
      `"confirmedBy":${JSON.stringify(who)} holds for other code of ${definition.name} than is deployed: ${given === undefined ? 'it comes without a "digest"' : `its digest is ${given}, not ${digest}`}.`,
      `Deploy the schedule together with the code, and rehearse that with the input {"dryRun":true}.`,
    );
  if ((await rehearsalsOf(ports, ALL)).length === 0)
    refuse(
      `The code of ${definition.name} has changed, or was never rehearsed whole in ${environment}: ${who} does not start it before.`,
      'Rehearse it with the input {"dryRun":true} (--dry-run), and look at what it says; the next start by the schedule goes through then.',
    );
}

/** Whole rehearsals of the definition's present code in this environment; one that only counted showed nobody what would be written. */
async function rehearsalsOf({ ledger, definition, environment, digest }: Ports, most: number): Promise<RunRecord[]> {
  const { name, version } = definition;
  const runs = await ledger.listRuns(name, most);
  return runs.filter((run) => !run.options.countOnly && run.digest === digest && isWholeRehearsal(run, { environment, version }));
}
