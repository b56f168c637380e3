import { type Details, detailsEvery, monitored, monitoredToJson } from '../../../lib/cli/monitor.ts';
import { exampleText, valueText } from '../../../lib/cli/screen/items.ts';
import { monitorLine, monitorLines } from '../../../lib/cli/screen/monitor.ts';
import { outcomes } from '../../../lib/cli/screen/progress.ts';
import { painter } from '../../../lib/cli/screen/text.ts';
import { RateMeter, type Snapshot, snapshotOf } from '../../../lib/cli/snapshot.ts';
import { type Counters, noCounters } from '../../../lib/core/counters.ts';
import { noBudgets } from '../../../lib/core/flow/budgets.ts';
import type { RunRecord } from '../../../lib/core/records/run.ts';
import { openSegment, TOLD_NOTHING } from '../../support/memory-ledger.ts';
import { OWNER, RUN_ID, runRecord } from '../../support/memory-ports.ts';
import { doubling, idOf } from '../../support/thing-definitions.ts';

const START = Date.parse('2026-11-21T12:00:00.000Z');
const plain = painter(false);
const counters = {
  ...noCounters(),
  scanned: 1000,
  filtered: 200,
  updated: 700,
  skipped: { unlucky: 80 },
  failed: { 'odd-one': 20 },
  pages: 10,
  readUnits: 50,
  writeUnits: 1400,
  throttles: 3,
};

/** A quarter done, ten seconds in. */
function snapshot(change: Partial<RunRecord> = {}, seen: Counters = counters): Snapshot {
  const run: RunRecord = {
    ...runRecord(doubling, { segments: 2 }),
    owner: { ...OWNER, execution: 'local:1' },
    estimatedItems: 4000,
    ...change,
  };
  const lease = { owner: OWNER, attempt: 1, until: START + 60_000 };
  const segments = [
    { ...openSegment(RUN_ID, 0), counters: seen, state: 'done' as const },
    { ...openSegment(RUN_ID, 1), lease, heartbeat: START + 9000 },
  ];
  return snapshotOf(run, segments, TOLD_NOTHING, START + 10_000);
}

const details: Details = {
  changes: Array.from({ length: 10 }, (_, index) => ({ key: idOf(`t${index}`), op: 'update' as const, at: '2026-11-21T12:00:09.000Z' })),
  errors: [{ key: idOf('bad'), code: 'odd-one', message: 'fourteen', retryable: true }],
  samples: [{ key: idOf('t0'), op: 'update', before: { size2: null }, after: { size2: { N: '10' } }, reads: {} }],
  unreadable: [],
  cost: {
    dollars: 1.7209,
    lines: [
      { what: 'write units', quantity: 1400, unit: 'units', dollars: 0.0009, estimated: false },
      { what: 'service calls', quantity: 100, unit: 'calls', dollars: 1.7, estimated: false },
      { what: 'Lambda time', quantity: 1500, unit: 'GB-seconds', dollars: 0.02, estimated: true },
    ],
    asOf: '2026-01',
    region: 'us-east-1',
  },
};

const page = { paint: plain, columns: 100, rows: Number.POSITIVE_INFINITY, watching: false, logFile: undefined };
const lines = (one: Snapshot, known: Details | null = details, look = page): string[] =>
  monitorLines(monitored(one, new RateMeter(), known ?? undefined), new RateMeter(), look);

describe('monitor', () => {
  test('shows all of a run that goes', () => {
    expect(lines(snapshot())).toStrictEqual([
      '',
      `  doubling 1.0 · run ${RUN_ID} · local`,
      '',
      '  items     ████████░░░░░░░░░░░░░░░░░░░░░░░░   25 %  1,000 of ~4,000',
      '  segments  ████████████████░░░░░░░░░░░░░░░░   50 %  1 of 2, 1 at work',
      '',
      '  100 items/s · ETA 30 s · elapsed 10 s',
      '  updated 700 · skipped 80 · failed 20 · filtered 200',
      '',
      '  state     running',
      '  progress  780 of ~3,200 items done, 24 % · ~2,400 pending · 20 errors',
      '  health    ! warning · 2.78 % of 720 items failed',
      '  units     50 read · 1,400 written · 3 throttles',
      '  cost      worth $1.72 on AWS · service calls $1.70 · Lambda time ~$0.02 (us-east-1, 2026-01)',
      '',
      '  recent',
      ...details.changes.map((_, index) => `    12:00:09  updated  t${index}`),
      '',
      '  errors (1 of 20)',
      '    bad  odd-one  fourteen',
      '',
      '  samples',
      '    t0  size2: nothing → 10',
      '',
      '  advice    Less than half is done, and it is still running: let it go on.',
      '            About 2,400 items are pending: where others feel its writes, pause it and carry it on',
      `            off-peak: npx backfill pause ${RUN_ID}`,
      `            More than 1 % failed; which, and why: npx backfill report ${RUN_ID}`,
      '            The table has throttled 3 requests: they wait and are sent again, which costs time and',
      '            nothing else.',
      '',
      '  next',
      `    npx backfill monitor ${RUN_ID} --watch    see it go`,
      `    npx backfill pause ${RUN_ID}              let it stand still at its next checkpoint`,
      `    npx backfill report ${RUN_ID}             what happened so far, item by item`,
      '',
    ]);
  });

  test('of a run that an alarm slows: how far, by which, since when, and what to do', () => {
    const one = snapshot();
    const slowed = { pace: 0.25, alarm: 'writes', since: '2026-11-21T03:12:00.000Z', stands: true, at: 0 };
    const findings = { governor: 'g', until: 0, at: 0, changed: 0, failed: 0, throttles: 0, pages: 0, movedAt: 0, slowed, flow: null };
    const text = lines({ ...one, control: { ...one.control, findings } }).join('\n');
    expect(text).toContain('  slowed to 25 % by alarm writes since 03:12 UTC\n');
    expect(text).toContain(' · held back by an alarm');
    expect(text).toContain('  advice    Slowed to 25 % by alarm writes since 03:12 UTC. See what throttles the table, and who');
  });

  describe('of a run with budgets', () => {
    const flow = {
      at: START + 9_000,
      deals: {},
      heldBack: [
        { by: 'index' as const, resource: 'writeUnits' as const, index: 'GSI3', limit: 400, use: 398 },
        { by: 'budget' as const, resource: 'writeUnits' as const, index: null, limit: 500, use: 398 },
      ],
      ceilings: {},
      rates: { writeUnits: 398, readUnits: 12.34, calls: 0 },
      hotAt: null,
      serviceAt: null,
      usage: null,
      blind: null,
      today: null,
    };
    const base = { governor: 'g', until: 0, at: 0, changed: 0, failed: 0, throttles: 0, pages: 0, movedAt: 0, slowed: null, flow };
    const budgets = { ...noBudgets, writeUnits: 500, items: 1_000, dollars: 5, reserve: 0.3 };
    const held = (change: Partial<Snapshot['control']> = {}, at = START + 10_000): Snapshot => {
      const one = snapshot();
      return { ...one, at, control: { ...one.control, findings: base, budgets, ...change } };
    };

    test('says what holds it back, all of it, and how much of each is used', () => {
      const text = lines(held()).join('\n');
      expect(text).toContain(
        '  held back by the limit of index GSI3, which throttles, at 400 write units/s for now (398 in use);\n  and by the budget of 500 write units/s (398 in use)\n',
      );
      expect(text).toContain('  budgets   398 of 500 write units/s · 700 of 1,000 items · $1.72 of $5.00 · 30 % left to others\n');
      expect(monitorLine(monitored(held(), new RateMeter(), undefined), new RateMeter())).toContain('held back by the limit of index GSI3');
      expect(monitored(held(), new RateMeter(), undefined).condition.heldBack).toHaveLength(2);
    });

    test('wraps them on a narrow screen, and cuts none', () => {
      const narrow = lines(held(), details, { ...page, columns: 60 });
      expect(narrow).toContain('  budgets   398 of 500 write units/s · 700 of 1,000 items ·');
      expect(narrow).toContain('            $1.72 of $5.00 · 30 % left to others');
    });

    test.each([
      ['once nobody has governed for a while', held({}, START + 20_000)],
      ['while it is told to stand still', held({ desired: 'hold' })],
      ['once it stands', { ...held(), run: { ...held().run, status: 'held' as const } }],
    ])('says nothing of what holds it back %s', (_, one) => {
      expect(lines(one).join('\n')).not.toContain('held back by');
    });

    test('the end of it has what was used, without rates', () => {
      const ended = { ...held(), run: { ...held().run, status: 'complete' as const } };
      expect(lines(ended).join('\n')).toContain('  budgets: 500 write units/s · 700 of 1,000 items · $5.00 · 30 % left to others\n');
    });

    test('throttles are told by what refused them', () => {
      const throttledBy = { 'table write key-range': 2, 'GSI3 write provisioned': 1 };
      const text = lines(snapshot({}, { ...counters, throttledBy }))
        .join(' ')
        .replace(/\s+/g, ' ');
      expect(text).toContain('The table has throttled 3 requests (table write key-range 2 · GSI3 write provisioned 1): they wait');
    });
  });

  test('of a run that has ended it is the summary, with health and cost', () => {
    const text = lines(snapshot({ status: 'complete', workedMs: 20_000 })).join('\n');
    expect(text).toContain('✔ complete in 20 s');
    expect(text).toContain('1,000 = 200 + 700 + 80 + 20');
    expect(text).toContain('progress  780 of 800 items done, 97 % · 0 pending · 20 errors');
    expect(text).toContain('health    ! warning · 2.78 % of 720 items failed');
    expect(text).toContain('cost      worth $1.72');
    expect(text.indexOf('health')).toBeLessThan(text.indexOf('npx backfill retry'));
    expect(text).not.toContain('state     ');
  });

  test('what is deployed is not worth its cost, it costs it; and little is not nothing', () => {
    expect(lines(snapshot({ environment: 'staging', owner: OWNER })).find((line) => line.includes('cost'))).toContain(
      'cost      $1.72 · service',
    );
    const cheap = { ...details, cost: { ...details.cost, dollars: 0.004, lines: [] } };
    expect(lines(snapshot(), cheap).find((line) => line.includes('cost'))).toBe(
      '  cost      worth less than a cent on AWS (us-east-1, 2026-01)',
    );
    const free = { ...details, cost: { ...details.cost, dollars: 0, lines: [] } };
    expect(lines(snapshot(), free).find((line) => line.includes('cost'))).toContain('$0.00');
  });

  test('says what it could not read', () => {
    expect(lines(snapshot(), { ...details, unreadable: ['The journal object x is missing.'] })).toContain(
      '  ! The journal object x is missing.',
    );
  });

  test('shows what it has when nothing could be looked up', () => {
    const found = lines(snapshot(), null).join('\n');
    expect(found).toContain('health    ! warning');
    expect(found).not.toMatch(/^ {2}(cost|recent|samples)/m);
  });

  test.each([60, 80, 200])('fits %d columns', (columns) => {
    for (const line of lines(snapshot(), details, { ...page, columns }).filter((one) => !one.includes('npx backfill')))
      expect(line.length).toBeLessThanOrEqual(columns);
  });

  test.each([
    [60, 10, true],
    [42, 5, true],
    [32, 0, true],
    [24, 0, false],
  ])('in %d rows it lists at most %d changes', (rows, changes, next) => {
    const found = lines(snapshot(), details, { ...page, rows, watching: true });
    expect(found.length).toBeLessThan(rows);
    expect(found.filter((line) => line.includes('updated  t'))).toHaveLength(changes);
    expect(found.includes('  next')).toBe(next);
  });

  test('a rehearsal and a rollback have words of their own', () => {
    const dry = { options: { ...runRecord(doubling, { segments: 2 }).options, dryRun: true } };
    const rehearsed = lines(snapshot({ ...dry, status: 'complete' })).join('\n');
    expect(rehearsed).toContain('2.78 % of 720 items would fail');
    expect(rehearsed).toContain('samples, as they would be');
    const rollback = { of: 'r', was: 'complete' as const, wasUndoneBy: null, skipDamaged: false };
    const undone = { ...noCounters(), scanned: 500, restored: 490, skipped: { 'changed-since': 10 } };
    const back = lines(snapshot({ rollback, rounds: 3, estimatedItems: 500, status: 'complete' }, undone)).join('\n');
    expect(back).toContain('500 of 500 entries done, 100 %');
    expect(back).toContain('0 % of 490 entries failed');
    expect(lines(snapshot({ status: 'rolled-back' }))).toContain('  recent, and taken back since');
  });

  test('in a pipe it is one line with the health', () => {
    const one = snapshot();
    const meter = new RateMeter();
    expect(monitorLine(monitored(one, meter, undefined), meter)).toMatch(/^12:00:10 {2}running {2}25 % .* warning, 2\.78 % errors$/);
  });

  test('as JSON it is the snapshot, and all the rest', () => {
    const json = JSON.parse(JSON.stringify(monitoredToJson(monitored(snapshot(), new RateMeter(), details))));
    expect(json).toMatchObject({
      run: { runId: RUN_ID },
      through: 1000,
      counters: { updated: 700 },
      state: 'running',
      condition: { total: 3200, done: 780, pending: 2400, errors: 20, health: 'warning', errorRate: 20 / 720 },
      itemsPerSecond: 100,
      secondsLeft: 30,
      cost: { dollars: 1.7209 },
      errors: [{ key: { id: { S: 'bad' } }, code: 'odd-one' }],
      samples: [{ after: { size2: { N: '10' } }, reads: {} }],
    });
    expect(json.recent).toHaveLength(10);
    expect(json.recent[0]).toStrictEqual({ key: { id: { S: 't0' } }, op: 'update', at: '2026-11-21T12:00:09.000Z' });
  });
});

test('details are looked up every few seconds at most, and a failed look leaves the last ones', async () => {
  const looks: number[] = [];
  const seldom = detailsEvery(5000, async ({ at }) => {
    looks.push(at - START);
    if (looks.length === 2) throw new Error('unreachable');
    return { ...details, unreadable: [String(looks.length)] };
  });
  const at = async (ms: number) => (await seldom({ ...snapshot(), at: START + ms }))?.unreadable;
  expect(await at(0)).toStrictEqual(['1']);
  expect(await at(4999)).toStrictEqual(['1']);
  expect(await at(5000)).toStrictEqual(['1']);
  expect(await at(9999)).toStrictEqual(['1']);
  expect(await at(10_000)).toStrictEqual(['3']);
  expect(looks).toStrictEqual([0, 5000, 10_000]);
});

describe('what a definition cannot do is worth no word', () => {
  const none = noCounters();
  test.each([
    ['receipt-place', none, 'created 0 · skipped 0 · failed 0'],
    ['wardrobe-normalize', none, 'updated 0 · skipped 0 · failed 0'],
    ['wardrobe-normalize', { ...none, updated: 5 }, 'updated 5 · skipped 0 · failed 0'],
    ['somebody-elses', { ...none, created: 1, updated: 2 }, 'created 1 · updated 2 · skipped 0 · failed 0'],
  ])('%s', (backfill, seen, expected) => {
    expect(outcomes({ ...runRecord(doubling), backfill }, seen)).toBe(expected);
  });
});

describe('values in a line', () => {
  test.each([
    [{ S: 'a "b"' }, '"a \\"b\\""'],
    [{ N: '12345678901234567890123456789012345678' }, '12345678901234567890123456789012345678'],
    [{ BOOL: false }, 'false'],
    [{ NULL: true as const }, 'null'],
    [{ L: [{ S: 'a' }, { N: '1' }] }, '["a", 1]'],
    [{ M: { a: { N: '1' }, b: { L: [] } } }, '{a: 1, b: []}'],
    [{ SS: ['a', 'b'] }, '["a", "b"]'],
    [{ NS: ['1', '2'] }, '[1, 2]'],
    [{ B: new Uint8Array([1]) }, 'binary'],
    [{ BS: [new Uint8Array([1])] }, 'binary'],
  ])('%j', (value, expected) => {
    expect(valueText(value)).toBe(expected);
  });

  test('a sample', () => {
    const update = {
      key: idOf('a'),
      op: 'update' as const,
      before: { x: null, y: { S: 'b' } },
      after: { x: { N: '1' }, y: null },
      reads: {},
    };
    expect(exampleText(update)).toBe('x: nothing → 1, y: "b" → nothing');
    expect(exampleText({ key: idOf('a'), op: 'create', before: null, after: { id: { S: 'a' }, n: { N: '1' } }, reads: null })).toBe(
      'id: "a", n: 1',
    );
  });
});
