import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

z.config(en());

import { hashFraction } from '../sample/random.ts';

const share = z._default(z.number().check(z.gte(0), z.lte(1)), 0);
const count = z.number().check(z.int(), z.gte(0));

/** What goes wrong. Shares are of calls, from 0 to 1. */
export const faultsSchema = z
  .strictObject({
    /** Of places, not of calls: the same ones are always missing. */
    notFound: share,
    /** Answers 429 for a quota per minute. */
    tooManyRequests: share,
    /** Answers 500. */
    serverError: share,
    /** Answers 200 with JSON that ends too early. */
    brokenJson: share,
    /** Answers so late; beside any other fault. */
    slow: z._default(z.strictObject({ share, milliseconds: count }), { share: 0, milliseconds: 0 }),
    /** Every call is answered 503. */
    down: z._default(z.boolean(), false),
    /** So many calls, counted from when this was set; all that follow are answered 429 for a quota per day. `null`: no quota. */
    dailyQuota: z._default(z.nullable(count), null),
  })
  .check(
    z.refine(
      (faults) => faults.tooManyRequests + faults.serverError + faults.brokenJson <= 1,
      'tooManyRequests, serverError and brokenJson exclude each other: together they are at most 1',
    ),
  );

export type Faults = z.output<typeof faultsSchema>;
/** Faults as a person writes them: what is left out does not occur. */
export type FaultsInput = z.input<typeof faultsSchema>;

export type CallFault = 'tooManyRequests' | 'serverError' | 'brokenJson';

/** Reads faults; a message that names what is wrong, if they cannot be. */
export function parseFaults(input: unknown): { faults: Faults } | { problem: string } {
  const parsed = faultsSchema.safeParse(input);
  return parsed.success ? { faults: parsed.data } : { problem: z.prettifyError(parsed.error) };
}

/** What is decided by the seed, the place and which call for that place this is, so that a run can be repeated. */
export function drawCallFaults(
  faults: Faults,
  seed: number,
  placeId: string,
  call: number,
): { fault: CallFault | undefined; delay: number } {
  const { tooManyRequests, serverError, brokenJson, slow } = faults;
  const u = hashFraction(`${seed}/${placeId}/${call}`);
  const delay = hashFraction(`slow/${seed}/${placeId}/${call}`) < slow.share ? slow.milliseconds : 0;
  if (u < tooManyRequests) return { fault: 'tooManyRequests', delay };
  if (u < tooManyRequests + serverError) return { fault: 'serverError', delay };
  if (u < tooManyRequests + serverError + brokenJson) return { fault: 'brokenJson', delay };
  return { fault: undefined, delay };
}

export const isMissing = (faults: Faults, seed: number, placeId: string): boolean =>
  hashFraction(`missing/${seed}/${placeId}`) < faults.notFound;
