import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGE_COUNTS, PAGE_DURATION, RUNS_STALLED } from '../../../lib/workflow/metrics.ts';
import { synthesize } from '../synthesized.ts';

const page = readFileSync(join(__dirname, '../../../docs/reference/alarms.md'), 'utf8');
const listed = [...page.matchAll(/^\| `(backfill-<environment>-[^`]+)`/gm)].map(([, name = '']) => name);
const alarms = Object.values(synthesize().runner.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) =>
  String(Properties.AlarmName),
);

const names: Record<string, string> = {
  '<environment>': 'development',
  '<table>': '(receipts|wardrobe)',
  '<index>': 'GSI[1-4]',
  '<backfill>': '(receipt-place|wardrobe-normalize)',
};
const pattern = (row: string): RegExp => new RegExp(`^${row.replace(/<[a-z]+>/g, (placeholder) => names[placeholder] ?? placeholder)}$`);

describe('docs/reference/alarms.md', () => {
  it('lists every alarm that is deployed, once', () => {
    const rows = alarms.map((alarm) => ({ alarm, rows: listed.filter((row) => pattern(row).test(alarm)).length }));
    expect(rows.filter((each) => each.rows !== 1)).toEqual([]);
  });

  it('lists none that is not', () => {
    expect(listed.length).toBeGreaterThan(15);
    expect(listed.filter((row) => !alarms.some((alarm) => pattern(row).test(alarm)))).toEqual([]);
  });

  it('says of every metric of our own what it is', () => {
    const [, section = ''] = page.split('## Metrics');
    const explained = [...section.matchAll(/^\| (`.+?) +\|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    expect(explained.sort()).toEqual([...PAGE_COUNTS, PAGE_DURATION, RUNS_STALLED].sort());
  });
});
