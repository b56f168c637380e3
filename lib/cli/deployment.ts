import { BackfillError } from '../core/errors.ts';
import { calledIn } from '../core/words.ts';
import { differenceOf } from '../deployed/difference.ts';
import type { Opened, Screen } from './context.ts';

/** What a person at a deployed environment must know of it: the code that runs there may be another than the one here. */

/**
 * Who starts a run by this code's version shall get that version.
 *
 * @throws {BackfillError} `environment.other-version`
 */
export function requireSameVersion(backfill: string, { deployed }: Pick<Opened, 'deployed'>): void {
  const difference = deployed && differenceOf(backfill, deployed);
  if (difference?.what !== 'version') return;
  const { environment } = deployed as NonNullable<typeof deployed>;
  const message = `${environment} was deployed with version ${difference.there} of ${backfill}; this is version ${difference.here}.`;
  throw new BackfillError('environment.other-version', message, {
    remedy: `Deploy this code with \`npx cdk deploy --all -c environment=${environment}\`, or use the code that was deployed.`,
  });
}

/** A run goes by the deployed code; `what` says what goes by the code that is here. */
export function sayDifference(backfill: string, { deployed }: Pick<Opened, 'deployed'>, what: 'runs' | 'judges', screen: Screen): void {
  const difference = deployed && differenceOf(backfill, deployed);
  if (!difference) return;
  const there = difference.what === 'version' ? `version ${difference.there} of ${backfill}` : `other code of ${backfill}`;
  const goes = what === 'runs' ? 'that is what runs' : 'here the code on this machine judges';
  screen.err(`  ${screen.paint('yellow', '!')} ${deployed?.environment} was deployed with ${there} than is here; ${goes}`);
}

/** `--detach` makes sense where the run outlives the command. @throws {BackfillError} `option.invalid` */
export function requireDetachable(detach: boolean | undefined, { carrier, runtime }: Opened): void {
  if (!detach || carrier.outlives) return;
  throw new BackfillError('option.invalid', '--detach cannot be used here: a run on this machine lives in the process that started it.', {
    remedy: calledIn('Leave it out; `npx backfill monitor` watches from any other terminal.', runtime.environment),
  });
}
