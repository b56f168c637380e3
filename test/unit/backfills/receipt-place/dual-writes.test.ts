import { failing, good, meta, place, run } from './good-table.ts';
import { memoryReader } from './memory-reader.ts';

describe('dual writes', () => {
  const LATER = '2026-03-01T09:30:00.123456';

  test('both rows', async () => {
    const results = await run([...good(), meta(700, { timestamp: LATER }), place(700, { timestamp: LATER })]);
    expect(failing(results)).toStrictEqual([]);
    expect(results.get('dual-writes')?.message).toBe('100 % of 1 receipt written since the run began has both metadata and place row.');
  });

  test('a place row that the application added to older metadata', async () => {
    const results = await run([...good(), meta(700), place(700, { timestamp: LATER })]);
    expect(results.get('dual-writes')).toMatchObject({ status: 'pass', measured: { written: 1, both: 1 } });
  });

  test('metadata without place row', async () => {
    const results = await run([...good(), meta(700, { timestamp: LATER }), meta(701, { timestamp: LATER }), place(701)]);
    expect(failing(results)).toStrictEqual(['dual-writes']);
    expect(results.get('dual-writes')).toMatchObject({
      measured: { written: 2, both: 1, percent: 50 },
      examples: ['IMAGE#i700 RECEIPT#00007#METADATA: no place row'],
    });
  });

  test('place row without metadata', async () => {
    const results = await run([...good(), place(700, { timestamp: LATER })]);
    expect(failing(results)).toStrictEqual(['dual-writes']);
    expect(results.get('dual-writes')?.examples).toStrictEqual(['IMAGE#i700 RECEIPT#00007#PLACE: no metadata row']);
  });

  test('metadata without place id needs no place row', async () => {
    const results = await run([...good(), meta(700, { timestamp: LATER, place_id: 'INVALID' })]);
    expect(results.get('dual-writes')?.status).toBe('info');
  });

  test('a place row that came after the scan', async () => {
    const scanned = [...good(), meta(700, { timestamp: LATER })];
    const now = memoryReader([...scanned, place(700, { timestamp: LATER })]);
    expect(failing(await run(scanned, { reader: { ...now, scan: memoryReader(scanned).scan } }))).toStrictEqual([]);
  });
});
