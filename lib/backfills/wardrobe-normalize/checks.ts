import type { CheckContext, CheckResult } from '../../core/checks.ts';
import { slotFor } from '../sampling.ts';
import { advice } from './checks/advice.ts';
import { completion } from './checks/completion.ts';
import { type Judged, judgedOf } from './checks/judged.ts';
import { validity } from './checks/validity.ts';

/** The validation of wardrobe-normalize: one scan, in which every item is counted, and every normalised one judged, or a sample of them. */
export async function checks(context: CheckContext): Promise<CheckResult[]> {
  const progress = completion(context);
  const judged = validity();
  const sample = sampled<Judged>(context.sampleSize ?? 0, context.random);
  for await (const item of context.read.scan()) {
    progress.see(item);
    const subject = judgedOf(item);
    if (!subject) continue;
    if (context.sampleSize === undefined) judged.see(subject);
    else sample.add(subject);
  }
  for (const subject of sample.kept) judged.see(subject);
  return [
    progress.result(),
    ...judged.results(sample.kept.length > 0 ? sample.seen : undefined),
    advice(progress, judged, context.runStarted),
  ];
}

/** A random sample, and how many there were to draw from. */
function sampled<T>(size: number, random: () => number) {
  const kept: T[] = [];
  let seen = 0;
  return {
    kept,
    get seen() {
      return seen;
    },
    add(one: T): void {
      seen += 1;
      const slot = slotFor(seen, size, random);
      if (slot !== undefined) kept[slot] = one;
    },
  };
}
