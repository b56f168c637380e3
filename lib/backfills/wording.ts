import type { CheckResult } from '../core/checks.ts';

/** Examples that a check result may carry. */
export const MAX_EXAMPLES = 20;

export { count, plural } from '../core/words.ts';

/** A share in per cent, with one decimal; 100 means all, and 0 none. Only for a whole above zero. */
export const percent = (part: number, whole: number): number => {
  const rounded = Math.round((1000 * part) / whole) / 10;
  if (part === whole) return 100;
  return part === 0 ? 0 : Math.min(99.9, Math.max(0.1, rounded));
};

/** Collects defects: all are counted, the first twenty kept. */
export class Examples {
  readonly kept: string[] = [];
  total = 0;

  add(example: string): void {
    this.total += 1;
    if (this.kept.length < MAX_EXAMPLES) this.kept.push(example);
  }

  /** As a check result's `examples`: left out where there are none. */
  get field(): { examples?: string[] } {
    return this.kept.length > 0 ? { examples: this.kept } : {};
  }
}

/** For a table in which there is nothing that a check could judge. */
export const nothingToCheck = (name: string, missing: string): CheckResult => ({
  name,
  status: 'info',
  message: `Nothing to check: there are no ${missing}.`,
});
