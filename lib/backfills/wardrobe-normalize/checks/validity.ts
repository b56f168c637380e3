import type { CheckResult } from '../../../core/checks.ts';
import { count, Examples, MAX_EXAMPLES, nothingToCheck } from '../../wording.ts';
import { FIELDS } from '../schema.ts';
import { compatibilityDefects } from './compatibility.ts';
import { consistencyDefects } from './consistency.ts';
import type { Judged } from './judged.ts';
import { qualityDefects } from './quality.ts';
import { rateOf, statusOf } from './rates.ts';

const KINDS = {
  quality: { defects: qualityDefects, good: 'are well-formed' },
  compatibility: { defects: compatibilityDefects, good: 'are found by their own values' },
  consistency: { defects: consistencyDefects, good: 'are what their originals give' },
} as const;

type Kind = keyof typeof KINDS;

const kinds = Object.keys(KINDS) as Kind[];

export interface Validity {
  see(subject: Judged): void;
  /** Items that were validated, and how many of them are good in every respect. */
  readonly judged: number;
  readonly good: number;
  /** Items by the kind of check that they did not pass. */
  readonly bad: Readonly<Record<Kind, number>>;
  /** `of`: how many there are, where only a sample of them was judged. */
  results(of?: number): CheckResult[];
}

/** Every normalised item, held against the rules one by one. */
export function validity(): Validity {
  const examples: Record<Kind, Examples> = { quality: new Examples(), compatibility: new Examples(), consistency: new Examples() };
  const reasons = new Map<string, number>();
  const perField = new Map<string, number>(FIELDS.map((field) => [field, 0]));
  let judged = 0;
  let good = 0;

  const countValues = ({ normalized }: Judged): void => {
    for (const field of FIELDS) {
      const stored = normalized?.[field];
      perField.set(field, (perField.get(field) ?? 0) + (Array.isArray(stored) ? stored.length : 0));
    }
  };

  const kindResult = (kind: Kind): CheckResult => ({
    name: kind,
    status: statusOf(judged - examples[kind].total, judged),
    message: `${count(judged - examples[kind].total)} of ${count(judged)} normalised items ${KINDS[kind].good}.`,
    measured: { judged, bad: examples[kind].total },
    ...examples[kind].field,
  });

  const successRate = (of: number): CheckResult => ({
    name: 'success-rate',
    status: statusOf(good, judged),
    message: `${rateOf(good, judged)} % of ${count(judged)} normalised items${of > judged ? `, drawn at random out of ${count(of)},` : ''} are good in every respect.`,
    measured: { judged, of, good, percent: rateOf(good, judged) },
  });

  const fieldCounts = (): CheckResult => {
    const averages = Object.fromEntries([...perField].map(([field, total]) => [field, Math.round((100 * total) / judged) / 100]));
    return {
      name: 'field-counts',
      status: 'info',
      message: `On average an item has ${FIELDS.map((field) => `${averages[field]} of ${field}`).join(', ')}.`,
      measured: averages,
    };
  };

  const failureReasons = (): CheckResult => {
    const sorted = [...reasons].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    return {
      name: 'failure-reasons',
      status: sorted.length === 0 ? 'pass' : 'info',
      message:
        sorted.length === 0
          ? 'No item failed.'
          : `${count(judged - good)} of ${count(judged)} normalised items are not good; each reason with its items:`,
      measured: Object.fromEntries(sorted.slice(0, MAX_EXAMPLES)),
      ...(sorted.length > 0 && { examples: sorted.slice(0, MAX_EXAMPLES).map(([reason, items]) => `${count(items)}: ${reason}`) }),
    };
  };

  return {
    see(subject) {
      judged += 1;
      countValues(subject);
      let defects = 0;
      for (const kind of kinds) {
        const found = KINDS[kind].defects(subject);
        if (found.length > 0) examples[kind].add(`${String(subject.item.id)}: ${found.join('; ')}`);
        for (const reason of found) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        defects += found.length;
      }
      if (defects === 0) good += 1;
    },
    get judged() {
      return judged;
    },
    get good() {
      return good;
    },
    get bad() {
      return { quality: examples.quality.total, compatibility: examples.compatibility.total, consistency: examples.consistency.total };
    },
    results(of = judged) {
      if (judged === 0)
        return [...kinds, 'success-rate', 'field-counts', 'failure-reasons'].map((name) => nothingToCheck(name, 'normalised items'));
      return [...kinds.map(kindResult), successRate(of), fieldCounts(), failureReasons()];
    },
  };
}
