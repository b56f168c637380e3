import { noCounters } from '../../../lib/core/counters.ts';
import { decodeJournal, encodeJournal, hashOf, type JournalObject, journalName, parseJournalName } from '../../../lib/core/journal.ts';

/** What is written once is read by every later version: the format is held fast here, letter by letter. */

const ref = { runId: 'r', segment: 7, seq: 12, attempt: 3 };
const NAME = 'journal/r/00007/00000012-0003.jsonl.gz';
const counters = { ...noCounters(), scanned: 2 };
const key = { id: { S: 'a' } };

const page: JournalObject = {
  ...ref,
  previous: { attempt: 2, hash: 'abc' },
  body: { kind: 'page', from: null, to: key, retried: [], counters, failures: [], fingerprint: 'f' },
  entries: [
    { write: { kind: 'update', key, expect: { n: null }, after: { n: { N: '1.0' } } }, source: key, notes: [] },
    { write: { kind: 'create', key, item: { ...key, b: { B: new Uint8Array([1]) } } }, source: key, notes: ['seen'] },
  ],
};
const LINES = [
  `{"format":1,"runId":"r","segment":7,"seq":12,"attempt":3,"previous":{"attempt":2,"hash":"abc"},"entries":2,"body":{"kind":"page","from":null,"to":{"id":{"S":"a"}},"retried":[],"counters":${JSON.stringify(counters)},"failures":[],"fingerprint":"f"}}`,
  '{"op":"update","source":{"id":{"S":"a"}},"key":{"id":{"S":"a"}},"expect":{"n":null},"after":{"n":{"N":"1.0"}}}',
  '{"op":"create","source":{"id":{"S":"a"}},"notes":["seen"],"key":{"id":{"S":"a"}},"after":{"id":{"S":"a"},"b":{"B":"AQ=="}}}',
];
const sealed = (lines: readonly string[]): string => {
  const text = `${lines.join('\n')}\n`;
  return `${text}{"sha256":"${hashOf(text)}"}\n`;
};

test('names hold segment, number and lease, so that they sort', () => {
  expect(journalName(ref)).toBe(NAME);
  expect(parseJournalName(NAME)).toStrictEqual(ref);
  for (const other of ['journal/r/7.jsonl.gz', `x${NAME}`, `${NAME}.tmp`, 'runs/r.json']) expect(parseJournalName(other)).toBeUndefined();
});

test('an object is a header, a line for each entry, and a seal', () => {
  const { text, hash } = encodeJournal(page);
  expect(text).toBe(sealed(LINES));
  expect(hash).toBe(hashOf(`${LINES.join('\n')}\n`));
  expect(decodeJournal(text, NAME)).toStrictEqual({ object: page, hash });
});

test('a round of raced items names their keys', () => {
  const failures = [{ key, code: 'c', message: 'm', retryable: true }];
  const raced: JournalObject = { ...page, body: { kind: 'raced', page: 4, keys: [key], unsure: [key], counters, failures }, entries: [] };
  const { text } = encodeJournal(raced);
  expect(text).toContain('"body":{"kind":"raced","page":4,"keys":[{"id":{"S":"a"}}],"unsure":[{"id":{"S":"a"}}]');
  expect(decodeJournal(text, NAME).object).toStrictEqual(raced);
});

describe('an object is refused', () => {
  const [head = '', one = '', two = ''] = LINES;
  test.each([
    ['whose text is not that of its seal', sealed(LINES).replace('1.0', '1.1'), 'it does not match its checksum'],
    ['whose end is missing', sealed(LINES).slice(0, -1), 'it does not match its checksum'],
    ['that is empty', '', 'it does not match its checksum'],
    ['of another format', sealed([head.replace('"format":1', '"format":2'), one, two]), 'its format is 2'],
    ['of another name', sealed([head.replace('"seq":12', '"seq":13'), one, two]), 'it holds journal/r/00007/00000013-0003.jsonl.gz'],
    ['that has too few entries', sealed([head, one]), 'it has 1 of 2 entries'],
    ['that has too many entries', sealed([head, one, two, two]), 'it has 3 of 2 entries'],
  ])('%s', (_, text, why) => {
    expect(() => decodeJournal(text, NAME)).toThrow(
      expect.objectContaining({
        code: 'journal.corrupt',
        message: `The journal object ${NAME} cannot be read: ${why}.`,
        details: { name: NAME },
      }),
    );
  });
});
