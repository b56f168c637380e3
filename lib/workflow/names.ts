import { BackfillError } from '../core/errors.ts';

/** Names that leave the stacks: operators type them, the CLI looks them up, roles name them before the things are there. */

export const machineNames = (backfill: string, environment: string) => {
  const run = `backfill-${backfill}-${environment}`;
  return { run, rollback: `${run}-rollback` };
};

/** The parameter of Systems Manager in which a deployment describes itself: see `Deployed`. */
export const deploymentParameter = (environment: string): string => `/backfill/${environment}/deployment`;

const LONGEST_SCHEDULE = 64;

/** Of EventBridge Scheduler. @throws {BackfillError} `definition.invalid` when it is too long */
export function scheduleName(backfill: string, environment: string): string {
  const name = `backfill-${backfill}-${environment}`;
  if (name.length > LONGEST_SCHEDULE)
    throw unnameable(
      `The schedule ${name} would have a name of ${name.length} characters; EventBridge Scheduler takes ${LONGEST_SCHEDULE}.`,
    );
  return name;
}

/** CloudWatch keeps one set of dashboards for all regions of an account. */
export const dashboardName = (environment: string, region: string): string => `backfill-${environment}-${region}`;

export const stackNames = (environment: string) => ({
  state: `backfill-${environment}-state`,
  runner: `backfill-${environment}-runner`,
});

/** Step Functions' limit for the name of a machine. */
const LONGEST_MACHINE = 80;

/** `receipt-place` becomes `ReceiptPlace`. */
const pascal = (name: string): string => name.replace(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase());

/** What else stands in the runner stack. */
const TAKEN = ['DeadLetters', 'Operations', 'Brake', 'Reconciler', 'Alarms', 'Dashboard'];

/**
 * What the constructs, and the outputs, of each backfill are called, by its name.
 *
 * @throws {BackfillError} `definition.invalid` when two would be called the same, or the machines of one cannot bear its name
 */
export function constructNames(backfills: readonly string[], environment: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const backfill of backfills) {
    const construct = pascal(backfill);
    const [rival] = [...names].find(([, taken]) => taken === construct) ?? [];
    if (rival !== undefined) throw unnameable(`The definitions "${rival}" and "${backfill}" would both be deployed as ${construct}.`);
    if (TAKEN.includes(construct)) throw unnameable(`A definition cannot be called "${backfill}": the stack has a part of that name.`);
    const { rollback } = machineNames(backfill, environment);
    if (rollback.length > LONGEST_MACHINE)
      throw unnameable(
        `The machine ${rollback} would have a name of ${rollback.length} characters; Step Functions takes ${LONGEST_MACHINE}.`,
      );
    names.set(backfill, construct);
  }
  return names;
}

const unnameable = (message: string): BackfillError =>
  new BackfillError('definition.invalid', message, { remedy: 'Give the definition another name.' });
