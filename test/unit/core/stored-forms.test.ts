import type { Item } from '../../../lib/core/attribute-value.ts';
import type { Counters } from '../../../lib/core/counters.ts';
import { fingerprint } from '../../../lib/core/fingerprint.ts';
import { encodeJournal, type JournalEntry, type JournalObject } from '../../../lib/core/journal.ts';

/** Ledgers and journals outlive the version that wrote them: what stands in them is made as it was from the first. */

const bytes = new Uint8Array([0, 1, 255]);

/** Every type, every spelling of a number, and texts that JSON must escape. */
const items: Item[] = [
  {
    id: { S: 'a' },
    n: { N: '-1200.50' },
    z: { N: '0' },
    w: { N: '700' },
    text: { S: 'quo"te \\ \n é \u007f' },
    b: { B: bytes },
    bs: { BS: [bytes] },
    yes: { BOOL: true },
    none: { NULL: true },
  },
  {
    id: { S: 'b' },
    list: { L: [{ S: 'x' }, { N: '1e3' }, { L: [] }] },
    map: { M: { k: { S: 'v' }, a: { M: {} } } },
    ss: { SS: ['b', 'a'] },
    ns: { NS: ['10', '9'] },
    'odd"name': { S: '' },
    label: { S: 'left out' },
  },
];

test('a fingerprint', () => {
  expect(fingerprint(items)).toBe('6bb1dd54ee2bb31918b2106939dcbbae');
  expect(fingerprint(items, ['label'])).toBe('cc8528e9e97f87f4a4b412bfed49f76c');
});

test('a journal object', () => {
  const key = { id: { S: 'c' } };
  const update = { kind: 'update' as const, key, expect: { b: { B: bytes }, gone: null }, after: { b: null, gone: { L: [{ B: bytes }] } } };
  const entries: JournalEntry[] = [
    ...items.map((item) => {
      const own = { id: item.id as Item[string] };
      return { write: { kind: 'create' as const, key: own, item }, source: own, notes: [] };
    }),
    { write: update, source: key, notes: ['large'] },
  ];
  const page = {
    kind: 'page' as const,
    from: null,
    to: { id: { B: bytes } },
    retried: [{ id: { S: 'r' } }],
    failures: [],
    fingerprint: '0',
  };
  const object: JournalObject = {
    runId: 'r',
    segment: 0,
    seq: 1,
    attempt: 1,
    previous: { attempt: 0, hash: '' },
    // A fixed part of the counters: new ones come with the versions.
    body: { ...page, counters: { scanned: 3 } as Counters },
    entries,
  };
  expect(encodeJournal(object).hash).toBe('f5daf68369896f8b599dd83a630e11fe58a1097b8efe2cb87ba8fdb7016429a3');
});
