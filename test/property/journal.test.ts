import fc from 'fast-check';
import { noCounters } from '../../lib/core/counters.ts';
import {
  decodeJournal,
  encodeJournal,
  type JournalEntry,
  type JournalObject,
  journalName,
  parseJournalName,
} from '../../lib/core/journal.ts';
import type { Change } from '../../lib/core/write.ts';
import { item, key, name, value } from './values.ts';

const images = fc.dictionary(name, fc.option(value), { noNullPrototype: true, maxKeys: 4 }).map((record) => ({ ...record }));
const write: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('create' as const), key, item }),
  fc.record({ kind: fc.constant('update' as const), key, expect: images, after: images }),
);
const entry: fc.Arbitrary<JournalEntry> = fc.record({ write, source: key, notes: fc.array(fc.string(), { maxLength: 2 }) });
const failure = fc.record({ key, code: fc.string(), message: fc.string({ unit: 'binary' }), retryable: fc.boolean() });
const counters = fc
  .record({ scanned: fc.nat(), skipped: fc.nat() })
  .map(({ scanned, skipped }) => ({ ...noCounters(), scanned, skipped: { why: skipped } }));
const failures = fc.array(failure, { maxLength: 2 });
const body = fc.oneof(
  fc.record({
    kind: fc.constant('page' as const),
    from: fc.option(key),
    to: fc.option(key),
    retried: fc.array(key, { maxLength: 2 }),
    counters,
    failures,
    fingerprint: fc.string(),
  }),
  fc.record({
    kind: fc.constant('raced' as const),
    page: fc.nat(),
    keys: fc.array(key, { maxLength: 2 }),
    unsure: fc.array(key, { maxLength: 1 }),
    counters,
    failures,
  }),
);
const whole = { noNullPrototype: true };
const object: fc.Arbitrary<JournalObject> = fc.record(
  {
    runId: fc.string(),
    segment: fc.nat(),
    seq: fc.nat(),
    attempt: fc.nat(),
    previous: fc.record({ attempt: fc.nat(), hash: fc.string() }, { noNullPrototype: true }),
    body,
    entries: fc.array(entry, { maxLength: 4 }),
  },
  whole,
);

describe('journal objects', () => {
  test('come back as they were written', () => {
    fc.assert(
      fc.property(object, (one) => {
        const { text, hash } = encodeJournal(one);
        expect(decodeJournal(text, journalName(one))).toEqual({ object: one, hash });
      }),
      { numRuns: 500 },
    );
  });

  test('are refused when anything is cut off their end', () => {
    fc.assert(
      fc.property(object, fc.nat(), (one, cut) => {
        const { text } = encodeJournal(one);
        const shorter = text.slice(0, cut % text.length);
        expect(() => decodeJournal(shorter, journalName(one))).toThrow(
          expect.objectContaining({ code: 'journal.corrupt', details: { name: journalName(one) } }),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe('journal names', () => {
  const ref = fc.record({
    runId: fc.constant('20261121-120000-abcd'),
    segment: fc.nat(99_999),
    seq: fc.nat(99_999_999),
    attempt: fc.nat(9999),
  });

  test('say what they name', () => {
    fc.assert(
      fc.property(ref, (one) => {
        expect(parseJournalName(journalName(one))).toStrictEqual({ ...one });
      }),
    );
  });

  test('sort as their numbers do', () => {
    fc.assert(
      fc.property(ref, ref, (a, b) => {
        const order = a.segment - b.segment || a.seq - b.seq || a.attempt - b.attempt;
        const [x, y] = [journalName(a), journalName(b)];
        expect(x < y ? -1 : x > y ? 1 : 0).toBe(Math.sign(order));
      }),
    );
  });
});
