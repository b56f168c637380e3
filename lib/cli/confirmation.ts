import { createInterface } from 'node:readline';
import { changed, total } from '../core/counters.ts';
import { BackfillError } from '../core/errors.ts';
import { parseRollbackInput, parseRunInput } from '../core/options.ts';
import type { Ports } from '../core/ports.ts';
import { needsWord, requireRehearsal, WORD } from '../core/production.ts';
import type { RunRecord } from '../core/records/run.ts';
import type { Screen, Terminal } from './context.ts';
import { table as columns, count, environmentName, plural } from './screen/text.ts';

/** What stands before a person who is asked for the word: label and text. */
export type Facts = readonly (readonly [label: string, text: string])[];

/** One line as it was typed; empty when the input ends, or on Ctrl-C. */
export function ask(question: string, { input, output }: Terminal): Promise<string> {
  const lines = createInterface({ input, output });
  return new Promise((resolve) => {
    lines.once('close', () => resolve(''));
    lines.once('SIGINT', () => lines.close());
    lines.question(question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}

interface Asking {
  machine: 'backfill' | 'rollback';
  input: Readonly<Record<string, unknown>>;
  json: boolean;
  /** Only looked up when somebody is asked. */
  facts: () => Promise<Facts>;
}

/**
 * The machine's input with the word in it, where the environment wants one, somebody sits at a terminal and types it.
 * Without a terminal, or with `--confirm`, the input goes on as it is: Prepare judges it, as it judges everybody's.
 *
 * @throws {BackfillError} `confirm.required` when anything else is typed; what Prepare would refuse anyway, before anybody is asked
 */
export async function withWord({ machine, input, json, facts }: Asking, ports: Ports, screen: Screen): Promise<Record<string, unknown>> {
  const asks = needsWord(ports) && input.confirm === undefined && input.dryRun !== true;
  if (!asks || json || !screen.terminal) return { ...input };
  if (machine === 'rollback') parseRollbackInput(input);
  else {
    const parsed = parseRunInput(input);
    if (parsed.retry === undefined) await requireRehearsal(parsed, ports);
  }
  screen.err('');
  screen.err(`  This writes to ${screen.paint('bold', environmentName(ports.environment, ports.embedded))}.`);
  screen.err('');
  for (const line of columns((await facts()).map(([label, text]) => [`  ${label}`, text]))) screen.err(`  ${line}`);
  screen.err('');
  const answer = await ask(`  Type ${WORD} to go on; anything else stops here: `, screen.terminal);
  if (answer === WORD) return { ...input, confirm: WORD };
  throw new BackfillError('confirm.required', answer === '' ? 'Nobody confirmed it.' : `"${answer}" is not the word.`, {
    remedy: `Nothing was begun. If it is meant, start again and type ${WORD}, or say --confirm ${WORD}.`,
  });
}

const BACKUP = 'none is taken';

export async function factsOfRun(
  input: Readonly<Record<string, unknown>>,
  { definition, inspector }: Ports,
  table: string,
): Promise<Facts> {
  // A table that cannot be counted is for Prepare to complain of.
  const items = await inspector.estimateItems().catch(() => null);
  const all = items === null ? 'not known' : `about ${count(items)}`;
  return [
    ['backfill', `${definition.name} ${definition.version}`],
    ['table', table],
    ['items', input.limit === undefined ? all : `${all}, at most ${String(input.limit)} of them`],
    ['backup', input.backup === false ? BACKUP : 'is taken first'],
    ...(input.raiseWriteUnits === undefined
      ? []
      : ([['capacity', `is raised to ${String(input.raiseWriteUnits)} write units a second first`]] as const)),
  ];
}

export async function factsOfRetry(run: RunRecord, { definition }: Ports, table: string): Promise<Facts> {
  return [
    ['backfill', `${definition.name} ${definition.version}`],
    ['retry', `of run ${run.runId}`],
    ['table', table],
    ['items', run.totals ? `${count(total(run.totals.failed))} that failed` : 'those that failed'],
    ['backup', BACKUP],
  ];
}

/** `runs`: newest first, all of one backfill. */
export async function factsOfRollback(runs: readonly RunRecord[], { definition }: Ports, table: string): Promise<Facts> {
  const items = runs.every(({ totals }) => totals) ? runs.reduce((sum, { totals }) => sum + (totals ? changed(totals) : 0), 0) : null;
  const names = runs.map(({ runId }) => runId).join(', ');
  return [
    ['backfill', `${definition.name} ${definition.version}`],
    ['rollback', runs.length === 1 ? `of run ${names}` : `of ${plural(runs.length, 'run')}, newest first: ${names}`],
    ['table', table],
    ['items', items === null ? 'those that were changed' : `${count(items)} that were changed`],
    ['backup', BACKUP],
  ];
}
