import { BackfillError, isBackfillError, thrownBy } from '../../core/errors.ts';
import { calledIn } from '../../core/words.ts';
import type { Paint } from './text.ts';

/** An error as a person meets it: its code, what is wrong, what to do. */
export function errorLines(error: unknown, paint: Paint, environment: string): string[] {
  if (isBackfillError(error)) {
    const remedy = calledIn(error.remedy, environment);
    return ['', `  ${paint('red', `✖ ${error.code}`)}`, `  ${error.message}`, `  ${paint('bold', '→')} ${remedy}`, ''];
  }
  const { name = 'Error', message = String(error) } = error as Error;
  return [
    '',
    `  ${paint('red', `✖ ${name}`)}`,
    `  ${message}`,
    `  ${paint('bold', '→')} This should not happen. Set BACKFILL_DEBUG=1 to see where it did, and report it.`,
    '',
  ];
}

/** An error that crossed the state machine has only its code and its words left. */
export const fromMachine = (code: string, message: string): Error =>
  thrownBy(code, message) ?? new BackfillError('machine.failed', `${code}: ${message}`);

const USAGE: readonly string[] = [
  'option.',
  'confirm.',
  'rehearsal.',
  'backfill.',
  'run.',
  'preflight.',
  'definition.',
  'environment.',
  'query.',
  'flags.',
  'report.',
  'local.',
  'lock.',
  'backup.unreadable',
  'restore.',
  'rollback.newer-run',
  'rollback.nothing',
  'service.key-missing',
];

/** 2 for wrong usage or configuration, 1 for what ran and failed. */
export const exitCodeOf = (error: unknown): number =>
  isBackfillError(error) && error.code !== 'environment.unreachable' && USAGE.some((prefix) => error.code.startsWith(prefix)) ? 2 : 1;
