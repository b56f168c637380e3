import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandLine } from '../support/command-line.ts';

/** `monitor` and `list` as a person uses them. */

const cli = new CommandLine();
afterAll(() => cli.close());

const reports = () => join(cli.folder, 'artifacts', 'reports');

test('a backfill that was never run is said to be so, with what to do', async () => {
  await cli.run(['local', 'seed', '--receipts', '10', '--wardrobe', '1500']);
  const { code, err, out } = await cli.run(['monitor', 'wardrobe-normalize']);
  expect(code).toBe(2);
  expect(err).toContain('run.unknown');
  expect(err).toContain('npx backfill run wardrobe-normalize');
  expect(out).toBe('');
});

test('a rehearsal is monitored, but is not the last run', async () => {
  await cli.run(['run', 'wardrobe-normalize', '--dry-run', '--no-watch']);
  expect((await cli.run(['monitor'])).out).toContain('samples, as they would be');
  expect((await cli.run(['list'])).out).toMatch(/wardrobe-normalize .* never run/);
});

test('a watch goes on to the end of the run, a line a look, and keeps its last sight', async () => {
  const run = cli.start(['run', 'wardrobe-normalize', '--no-watch', '--segments', '30', '--tolerate', '5%']);
  let watch = await cli.run(['monitor', '--watch', '--interval', '0.5', '--save-report', '--json']);
  // The rehearsal was still the last run.
  while (JSON.parse(watch.out).run.options.dryRun)
    watch = await cli.run(['monitor', '--watch', '--interval', '0.5', '--save-report', '--json']);
  const { runId } = JSON.parse((await run.finished) && watch.out).run;
  const seen = JSON.parse(watch.out);
  expect(watch.code).toBe(0);
  expect(seen).toMatchObject({ state: 'complete', condition: { total: 1500, pending: 0 }, run: { status: 'complete' } });
  const kept = readdirSync(reports())
    .filter((name) => /^backfill_report_\d{8}_\d{6}\.json$/.test(name))
    .sort();
  expect(JSON.parse(readFileSync(join(reports(), kept.at(-1) ?? ''), 'utf8'))).toStrictEqual(seen);
  const { out } = await cli.run(['monitor']);
  expect(out).toContain('✔ complete');
  expect(out).toMatch(/health {4}✔ healthy/);
  expect((await cli.run(['list'])).out).toContain(`${runId} complete`);
});

test('a report that cannot be kept costs nobody the sight of the run', async () => {
  const aside = join(cli.folder, 'aside');
  renameSync(reports(), aside);
  writeFileSync(reports(), '');
  try {
    const { code, out, err } = await cli.run(['monitor', '--save-report']);
    expect(code).toBe(1);
    expect(out).toContain('✔ complete');
    expect(err).toContain('artifacts.unwritable');
    expect(err).toContain('then ask again');
  } finally {
    rmSync(reports());
    renameSync(aside, reports());
  }
});

test('an interval must be one', async () => {
  const { code, err } = await cli.run(['monitor', '--watch', '--interval', '0.05']);
  expect(code).toBe(2);
  expect(err).toContain('option.invalid');
});
