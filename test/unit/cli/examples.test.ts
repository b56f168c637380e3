import { exampleLines } from '../../../lib/cli/screen/examples.ts';
import { painter } from '../../../lib/cli/screen/text.ts';
import type { Images } from '../../../lib/core/attribute-value.ts';
import { exampleOf, varied } from '../../../lib/core/rehearsal.ts';

const update = (id: string, expect: Images, after: Images) =>
  exampleOf({ write: { kind: 'update', key: { id: { S: id } }, expect, after } });
const normalized = { normalized: { M: { style: { L: [{ S: 'casual' }] } } } };

describe('examples of updates', () => {
  const example = update('a', { style: { S: 'Casual ' }, mood: null, normalized: null }, normalized);

  test('keep what the update goes by, without what is not there or changes', () => {
    expect(example).toStrictEqual({
      key: { id: { S: 'a' } },
      op: 'update',
      before: { normalized: null },
      after: { normalized: { M: { style: { L: [{ S: 'casual' }] } } } },
      reads: { style: { S: 'Casual ' } },
    });
  });

  test('are shown with it, without a sign and before what changes', () => {
    expect(exampleLines([example], painter(false), 80)).toStrictEqual([
      '  would change  a',
      '      style  "Casual "',
      '    - normalized  nothing',
      '    + normalized.style  ["casual"]',
      '',
    ]);
  });

  test('a created row has nothing beside it', () => {
    const made = exampleOf({ write: { kind: 'create', key: { id: { S: 'n' } }, item: { id: { S: 'n' } } } });
    expect(made.reads).toBeNull();
    expect(exampleLines([made], painter(false), 80)).toStrictEqual(['  would be created  n', '    + id  "n"', '']);
  });
});

describe('a choice of examples', () => {
  const of = (id: string, reads: Images) => update(id, { ...reads, normalized: null }, normalized);
  const [one, same, blank, two, none] = [
    of('one', { style: { S: 'Casual' } }),
    of('same', { style: { S: 'Formal' } }),
    of('blank', { style: { S: 'Formal' }, mood: { S: ' ' } }),
    of('two', { style: { S: 'Formal' }, mood: { SS: ['Calm'] } }),
    of('none', { style: { NULL: true }, mood: { L: [] } }),
  ];
  const all = [one, same, blank, two, none];

  test('prefers other attributes, and counts what says nothing as absent', () => {
    expect(varied(all, 3)).toStrictEqual([one, two, none]);
  });

  test('fills up with what is alike, in order, and has no more than there are', () => {
    expect(varied(all, 4)).toStrictEqual([one, same, two, none]);
    expect(varied(all, 9)).toStrictEqual(all);
    expect(varied(all, 0)).toStrictEqual([]);
  });
});
