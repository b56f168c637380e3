import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folder } from '../../../lib/adapters/fs/folder.ts';
import { artifactStore, journalStore } from '../../../lib/adapters/objects.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const REF = { runId: 'r', segment: 3, seq: 1, attempt: 1 };
const NAME = 'journal/r/00003/00000001-0001.jsonl.gz';

describe('objects in a folder', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'objects-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  test('a new object stands whole under its name, and is not overwritten', async () => {
    const objects = folder(root);
    expect(await objects.putNew('a/b/c.txt', bytes('one'))).toBe(true);
    expect(await objects.putNew('a/b/c.txt', bytes('two'))).toBe(false);
    expect(Buffer.from((await objects.get('a/b/c.txt')) as Uint8Array).toString()).toBe('one');
    expect(readdirSync(join(root, 'a/b'))).toStrictEqual(['c.txt']);
    expect(await objects.get('a/b/none')).toBeUndefined();
  });

  test('of ten writers of one name one wins', async () => {
    const objects = folder(root);
    const won = await Promise.all(Array.from({ length: 10 }, (_, index) => objects.putNew('x', bytes(String(index)))));
    expect(won.filter(Boolean)).toHaveLength(1);
  });

  test('put overwrites, and says where', async () => {
    const objects = folder(root);
    await objects.put('x', bytes('one'));
    expect(await objects.put('x', bytes('two'))).toBe(join(root, 'x'));
    expect(Buffer.from((await objects.get('x')) as Uint8Array).toString()).toBe('two');
  });

  test('lists by prefix, sorted, and not what a dead process left half written', async () => {
    const objects = folder(root);
    for (const name of ['j/r/2', 'j/r/10', 'j/r/sub/1', 'j/rest/1', 'k']) await objects.put(name, bytes(name));
    writeFileSync(join(root, 'j/r/.0b1c.part'), 'half');
    expect(await objects.list('j/r/')).toStrictEqual(['j/r/10', 'j/r/2', 'j/r/sub/1']);
    expect(await objects.list('j/r')).toStrictEqual(['j/r/10', 'j/r/2', 'j/r/sub/1', 'j/rest/1']);
    expect(await objects.list('none/')).toStrictEqual([]);
    expect(await objects.putNew('j/r/3', bytes('x'))).toBe(true);
  });

  test('a root that is a file cannot be written, nor read', async () => {
    writeFileSync(join(root, 'file'), '');
    const objects = folder(join(root, 'file'));
    await expect(objects.putNew('a/b', bytes('x'))).rejects.toMatchObject({
      code: 'artifacts.unwritable',
      details: { root: join(root, 'file') },
    });
    await expect(objects.put('b', bytes('x'))).rejects.toMatchObject({ code: 'artifacts.unwritable' });
    await expect(objects.get('b')).rejects.toMatchObject({ code: 'artifacts.unreadable' });
    await expect(objects.list('b/')).rejects.toMatchObject({ code: 'artifacts.unreadable' });
  });

  test('artifacts are texts', async () => {
    const artifacts = artifactStore(folder(root));
    await artifacts.put('reports/é.json', '{"a":"€"}');
    expect(await artifacts.get('reports/é.json')).toBe('{"a":"€"}');
    expect(await artifacts.get('none')).toBeUndefined();
    expect(await artifacts.list('reports/')).toStrictEqual(['reports/é.json']);
  });

  describe('journal', () => {
    test('the same object twice is our own retry; another is a conflict', async () => {
      const journal = journalStore(folder(root));
      await journal.put(REF, 'text €\n');
      await journal.put(REF, 'text €\n');
      await expect(journal.put(REF, 'another\n')).rejects.toMatchObject({ code: 'journal.conflict', details: { name: NAME } });
      expect(await journal.get(REF)).toBe('text €\n');
    });

    test('a truncated or missing object is corrupt', async () => {
      const objects = folder(root);
      const journal = journalStore(objects);
      await journal.put(REF, 'text '.repeat(100));
      const whole = (await objects.get(NAME)) as Uint8Array;
      await objects.put(NAME, whole.slice(0, -5));
      await expect(journal.get(REF)).rejects.toMatchObject({ code: 'journal.corrupt', details: { name: NAME } });
      await expect(journal.put(REF, 'text '.repeat(100))).rejects.toMatchObject({ code: 'journal.corrupt' });
      await expect(journal.get({ ...REF, seq: 2 })).rejects.toMatchObject({ code: 'journal.corrupt' });
    });

    test('lists what lies beyond a number, in order of sequence and attempt', async () => {
      const journal = journalStore(folder(root));
      for (const [segment, seq, attempt] of [
        [3, 10, 1],
        [3, 2, 2],
        [3, 2, 1],
        [3, 1, 1],
        [4, 9, 1],
      ] as const) {
        await journal.put({ runId: 'r', segment, seq, attempt }, 'x');
      }
      const refs = await journal.listAfter('r', 3, 1);
      expect(refs.map(({ seq, attempt }) => [seq, attempt])).toStrictEqual([
        [2, 1],
        [2, 2],
        [10, 1],
      ]);
    });
  });
});
