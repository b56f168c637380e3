import { CommandLine } from '../support/command-line.ts';

/** `assess` as a person types it. */

const here = new CommandLine();
beforeAll(() => here.run(['local', 'seed', '--receipts', '150', '--wardrobe', '40']));
afterAll(() => here.close());

const MIND = ['assess', '--items', '1e9', '--item-bytes', '1200', '--indexes', '2'];

test('a table of the mind needs no environment, and is one document', async () => {
  const { code, out, err } = await here.run([...MIND, '--write-units', '40_000', '--json'], { BACKFILL_FOLDER: '/nonexistent/folder' });
  expect([code, err]).toStrictEqual([0, '']);
  expect(JSON.parse(out)).toMatchObject({
    backfill: null,
    imagined: { items: 1e9, itemBytes: 1200, indexes: 2, changes: 1 },
    forecast: { units: { write: 6e9, table: 2e9 }, duration: { seconds: 50_000, rates: { table: 40_000 } } },
  });
});

test.each([
  [['assess'], 'Name a backfill'],
  [['assess', '--items', '1e9'], 'how large they are'],
  [[...MIND, '--limit', '5'], '--limit cannot go with --items'],
  [['assess', 'receipt-place', '--indexes', '2'], '--indexes goes with --items only'],
  [['run', 'receipt-place', '--count-only'], 'goes with a dry run only'],
  [['run', 'receipt-place', '--write-units', '3'], 'only a dry run makes one'],
  [['run', 'receipt-place', '--dry-run', '--enrich-sample', 'all'], '"all": it must be a whole number'],
])('%j is refused', async (args, words) => {
  const { code, err } = await here.run(args);
  expect(err).toContain(words);
  expect(code).toBe(2);
});

test('a backfill is assessed, and `run --dry-run --count-only` is the same', async () => {
  const assessed = await here.run(['assess', 'receipt-place', '--json']);
  const alias = await here.run(['run', 'receipt-place', '--dry-run', '--count-only', '--json']);
  expect([assessed.code, alias.code]).toStrictEqual([0, 0]);
  const [one, two] = [assessed, alias].map(({ out }) => JSON.parse(out));
  expect(one).toMatchObject({ backfill: 'receipt-place', counts: { eligible: 150 }, forecast: { duration: { rates: { table: 4000 } } } });
  const { run: _, at: __, ...rest } = one;
  expect(two).toMatchObject(rest);

  const { out } = await here.run(['assess', 'wardrobe-normalize', '--limit', '10', '--write-units', '5']);
  expect(out).toContain('✔ assessed');
  expect(out).toMatch(/5 write units\/s \(as asked for\)/);
});

test('a dry run ends with a short forecast, in its document, too', async () => {
  const { out } = await here.run(['run', 'wardrobe-normalize', '--dry-run']);
  expect(out).toMatch(/a run would take (?:about .*|under 1 s) on AWS · \d+ write units · <?\$\d/);
  const { out: json } = await here.run(['run', 'wardrobe-normalize', '--dry-run', '--json']);
  expect(JSON.parse(json)).toMatchObject({ status: 'complete', forecast: { units: { indexes: [] } } });
});
