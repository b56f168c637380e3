import * as z from 'zod/mini';
import { BackfillError } from './errors.ts';
import { flagOf } from './flow/budgets.ts';

const count = (max: number) => z.optional(z.int().check(z.minimum(1), z.maximum(max)));

/** Anything above 0, a fraction too. */
const amount = z.optional(z.number().check(z.positive(), z.maximum(Number.MAX_SAFE_INTEGER)));

/** What a run or a rollback may use by the second; see `Budgets`. */
const rates = {
  maxWriteUnits: amount,
  maxReadUnits: amount,
  reserve: z.optional(z.number().check(z.positive(), z.lt(1))),
  ramp: z.optional(z.boolean()),
};

/** What may stand in the machine's input; every option has a default, `{}` is a whole input. */
export const RunInput = z.strictObject({
  /** At most so many eligible items are worked off. */
  limit: count(Number.MAX_SAFE_INTEGER),
  /** Items read between two checkpoints. */
  batchSize: count(1000),
  /** DynamoDB allows a million; a Map dispatches a hundred a second. */
  segments: count(10_000),
  enrich: z.optional(z.boolean()),
  /** The share of failed items above which the run is held. */
  tolerate: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
  /** Take the whole table's hash before the first write. */
  hash: z.optional(z.boolean()),
  /** Judge and count, and write nothing. */
  dryRun: z.optional(z.boolean()),
  /** With `dryRun`: only count. */
  countOnly: z.optional(z.boolean()),
  /** With `dryRun`: take so many items to the outside service, for real. */
  enrichSample: count(10_000),
  /** False: take no backup before the first write. */
  backup: z.optional(z.boolean()),
  /** Raise the table's write capacity to so many units a second for as long as the run goes. */
  raiseWriteUnits: count(1_000_000),
  ...rates,
  maxCallsPerSecond: amount,
  maxCallsPerDay: count(Number.MAX_SAFE_INTEGER),
  maxItems: count(Number.MAX_SAFE_INTEGER),
  maxDollars: amount,
  /** Shares of the segments in per cent, cumulative: `7.5,35,100`, each with a batch size if wanted: `7.5:50,35:100,100:200`; `none`. */
  phases: z.optional(z.string()),
  /** Whether a person lets each phase but the first begin. */
  approve: z.optional(z.enum(['auto', 'manual'])),
  /** In production the word YES. */
  confirm: z.optional(z.string()),
  /** Instead of `confirm`, of a schedule: who let it write. It holds for the code that `digest` names, once that was rehearsed. */
  confirmedBy: z.optional(z.string().check(z.regex(/\S/, 'say who'))),
  /** The digest of the definition's code that was deployed with the schedule. */
  digest: z.optional(z.string()),
  /** False: run in production though nobody has rehearsed this version. */
  rehearsal: z.optional(z.boolean()),
  /** Try what failed in this run once more; no other option goes with it. */
  retry: z.optional(z.string()),
  /** Carry this run on; no other option goes with it. */
  resume: z.optional(z.string()),
  /** With `resume`: only while the run is at this epoch, which is to say that nobody has told it anything since. */
  epoch: count(Number.MAX_SAFE_INTEGER),
  /** With `resume`: open the gate that the run waits at, and why. */
  approval: z.optional(z.string().check(z.regex(/\S/, 'say why'))),
  /** Who starts it, for the audit events. */
  startedBy: z.optional(z.string()),
});

/** What may stand in the rollback machine's input; `{}` undoes the newest run that is not undone yet. */
export const RollbackInput = z.strictObject({
  /** The run to undo. */
  run: z.optional(z.string()),
  /** Look, and say what would be done. */
  dryRun: z.optional(z.boolean()),
  /** Journal entries undone between two checkpoints. */
  batchSize: count(1000),
  /** Go on without journal objects that are missing or damaged. */
  skipDamaged: z.optional(z.boolean()),
  ...rates,
  /** Take the whole table's hash at the end, and hold it against the one from before the run. */
  hash: z.optional(z.boolean()),
  /** In production the word YES. */
  confirm: z.optional(z.string()),
  /** Carry this rollback on; no other option goes with it. */
  resume: z.optional(z.string()),
  /** See `RunInput`. */
  epoch: count(Number.MAX_SAFE_INTEGER),
  /** Who starts it, for the audit events. */
  startedBy: z.optional(z.string()),
});

export type RunInput = z.infer<typeof RunInput>;
export type RollbackInput = z.infer<typeof RollbackInput>;

/** @throws {BackfillError} `option.unknown` naming the option and its nearest neighbour; `option.invalid` naming what was expected. */
export const parseRunInput = (input: unknown): RunInput => parseInput(RunInput, input);

/** @throws {BackfillError} as `parseRunInput` */
export const parseRollbackInput = (input: unknown): RollbackInput => parseInput(RollbackInput, input);

/** Options that name a run which has its own options already, and what may go with them. */
const ALONE: Readonly<Record<string, readonly string[]>> = {
  resume: ['approval', 'startedBy', 'confirm', 'epoch'],
  retry: ['startedBy', 'confirm'],
};

function parseInput<S extends z.ZodMiniObject>(schema: S, input: unknown): z.infer<S> {
  const parsed = z.safeParse(schema, input ?? {});
  if (!parsed.success) throw refuse(parsed.error.issues[0] as z.core.$ZodIssue, input, Object.keys(schema.shape));
  const given = Object.keys(parsed.data);
  const alone = Object.keys(ALONE).find((name) => given.includes(name));
  const other = given.find((name) => name !== alone && !ALONE[alone ?? '']?.includes(name));
  if (alone === undefined && given.includes('approval'))
    throw new BackfillError('option.invalid', '"approval" opens the gate that a run waits at; say which with "resume".');
  if (alone === undefined && given.includes('epoch'))
    throw new BackfillError('option.invalid', '"epoch" says at which epoch a run is carried on; say which run with "resume".');
  if (alone !== undefined && other !== undefined) {
    throw new BackfillError(
      'option.invalid',
      `"${alone}" carries a run on with the options it was started with; "${other}" cannot be changed.`,
    );
  }
  refuseApart(parsed.data);
  return parsed.data;
}

/** Options that mean something only beside another, or not beside it. */
function refuseApart({ dryRun, countOnly, enrich, enrichSample }: Partial<RunInput>): void {
  const refuseFor = (option: keyof RunInput, why: string, remedy: string): never => {
    throw new BackfillError('option.invalid', `The option ${spelled(option)} ${why}.`, { remedy, details: { option } });
  };
  const withDryRun = 'Add "dryRun":true (on the command line --dry-run), or leave it out.';
  if (countOnly && !dryRun) refuseFor('countOnly', 'goes with a dry run only', withDryRun);
  if (enrichSample === undefined) return;
  if (!dryRun) refuseFor('enrichSample', 'goes with a dry run only: a run asks the service for every item that needs it', withDryRun);
  const oneOfBoth = 'Leave one of the two out.';
  if (countOnly) refuseFor('enrichSample', `cannot go with ${spelled('countOnly')}, which asks nobody`, oneOfBoth);
  if (enrich === false) refuseFor('enrichSample', 'cannot go with "enrich":false (--no-enrich), which asks nobody', oneOfBoth);
}

function refuse(issue: z.core.$ZodIssue, input: unknown, known: readonly string[]): BackfillError {
  if (issue.code === 'unrecognized_keys') {
    const [name = ''] = issue.keys;
    const near = nearest(name, known);
    const hint = near ? ` Did you mean "${near}"?` : ` Known options: ${known.join(', ')}.`;
    return new BackfillError('option.unknown', `There is no option "${name}".${hint}`, { details: { option: name } });
  }
  const [name] = issue.path;
  if (name === undefined)
    return new BackfillError('option.invalid', `The input must be a JSON object such as {}, not ${JSON.stringify(input)}.`, {
      remedy: 'Start again with {}, or with {"dryRun":true} to look first; docs/reference/machine.md lists every field.',
    });
  const value = (input as Record<string, unknown>)[String(name)];
  return new BackfillError(
    'option.invalid',
    `The option ${spelled(String(name))} cannot be ${JSON.stringify(value)}: ${expectation(issue)}.`,
    {
      details: { option: name },
    },
  );
}

/** As the machine's input has it and, where that differs, as the command line does. */
const spelled = (name: string): string => (FLAGS.includes(name) ? `"${name}" (${flagOf(name)})` : `"${name}"`);

const FLAGS = [
  'batchSize',
  'countOnly',
  'enrichSample',
  'maxWriteUnits',
  'maxReadUnits',
  'maxCallsPerSecond',
  'maxCallsPerDay',
  'maxItems',
  'maxDollars',
  'reserve',
];

const AMOUNTS = ['maxWriteUnits', 'maxReadUnits', 'maxCallsPerSecond', 'maxDollars'];

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.path[0] === 'tolerate') return 'it must be a share from 0 to 1, such as 0.01 (on the command line also 1%)';
  if (issue.path[0] === 'reserve') return 'it must be a share above 0 and below 1, such as 0.3 (on the command line also 30%)';
  if (AMOUNTS.includes(String(issue.path[0]))) return 'it must be a number above 0';
  if (issue.code === 'invalid_type')
    return `it must be ${issue.expected === 'int' || issue.expected === 'number' ? 'a whole number' : `a ${issue.expected}`}`;
  if (issue.code === 'invalid_value') return `it must be ${issue.values.join(' or ')}`;
  if (issue.code === 'too_small') return `it must be at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `it must be at most ${issue.maximum}`;
  return issue.message;
}

/** The only candidate that begins so, or the one with the smallest edit distance, if that is small enough to be a slip. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const begun = candidates.filter((candidate) => name.length >= 3 && candidate.toLowerCase().startsWith(name.toLowerCase()));
  if (begun.length === 1) return begun[0];
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= Math.max(2, Math.floor(name.length / 3)) ? best.candidate : undefined;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
