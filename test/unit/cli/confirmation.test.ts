import { PassThrough } from 'node:stream';
import { factsOfRetry, factsOfRollback, factsOfRun, withWord } from '../../../lib/cli/confirmation.ts';
import type { Screen } from '../../../lib/cli/context.ts';
import { painter } from '../../../lib/cli/screen/text.ts';
import { noCounters } from '../../../lib/core/counters.ts';
import type { Ports } from '../../../lib/core/ports.ts';
import { memoryWorld, RUN_ID, runRecord } from '../../support/memory-ports.ts';
import { doubling, thing } from '../../support/thing-definitions.ts';

/** A person at a terminal who types this; `undefined`: no terminal. */
function person(typed: string | undefined): Screen & { shown: () => string } {
  const input = new PassThrough();
  const output = new PassThrough();
  if (typed !== undefined) input.end(typed);
  const lines: string[] = [];
  return {
    out: () => undefined,
    err: (line) => void lines.push(line),
    paint: painter(false),
    columns: 200,
    rows: 24,
    live: false,
    terminal: typed === undefined ? undefined : { input, output },
    shown: () => [...lines, String(output.read() ?? '')].join('\n'),
  };
}

function production(overrides: Partial<Ports> = {}): Ports {
  const items = [thing('a', 1), thing('b', 2)];
  const { ports, ledger } = memoryWorld({ definition: doubling, items, overrides: { environment: 'production', ...overrides } });
  const at = new Date(ports.clock.now()).toISOString();
  const rehearsal = { ...runRecord(doubling, { dryRun: true }), environment: 'production', createdAt: at };
  ledger.runs.set(RUN_ID, { ...rehearsal, status: 'complete', proof: { at, segments: 1, closed: 1, balanced: 1 } });
  return ports;
}

interface Case {
  input?: Record<string, unknown>;
  json?: boolean;
  ports?: Ports;
}

const asked = (screen: Screen, { input = {}, json = false, ports = production() }: Case = {}) =>
  withWord({ machine: 'backfill', input, json, facts: () => factsOfRun(input, ports, 'prod-things') }, ports, screen);

test('YES goes on, with the word in the input', async () => {
  expect(await asked(person('YES\n'), { input: { limit: 1 } })).toStrictEqual({ limit: 1, confirm: 'YES' });
  expect(await asked(person('YES\r\n'))).toStrictEqual({ confirm: 'YES' });
});

test.each(['yes\n', 'YES \n', ' YES\n', 'Y\n', '\n', '', 'no\nYES\n'])('%j stops, and nothing is begun', async (typed) => {
  await expect(asked(person(typed))).rejects.toMatchObject({
    code: 'confirm.required',
    remedy: expect.stringContaining('Nothing was begun.'),
  });
});

test.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
])('%s stops, too', async (_, key) => {
  const screen = person(undefined);
  const input = new PassThrough();
  // Keys have a meaning on a terminal only.
  const output = Object.assign(new PassThrough(), { isTTY: true });
  input.write(key);
  await expect(asked({ ...screen, terminal: { input, output } })).rejects.toMatchObject({ code: 'confirm.required' });
});

test('says what is about to be done, where, and what to type', async () => {
  const screen = person('YES\n');
  await asked(screen, { input: { limit: 1, backup: false } });
  expect(screen.shown().split('\n')).toStrictEqual([
    '',
    '  This writes to production (practice).',
    '',
    '    backfill  doubling 1.0',
    '    table     prod-things',
    '    items     about 2, at most 1 of them',
    '    backup    none is taken',
    '',
    '  Type YES to go on; anything else stops here: ',
  ]);
});

test('of DynamoDB itself it says no practice', async () => {
  const screen = person('YES\n');
  await asked(screen, { ports: production({ embedded: false }) });
  expect(screen.shown()).toContain('This writes to production.');
});

test.each<[string, Case, typed?: undefined]>([
  ['in another environment', { ports: production({ environment: 'staging' }) }],
  ['for a dry run', { input: { dryRun: true } }],
  ['with a word already, right or wrong: Prepare judges it', { input: { confirm: 'yes' } }],
  ['for a script', { json: true }],
])('nobody is asked %s', async (_, one) => {
  const screen = person('no\n');
  expect(await asked(screen, one)).toStrictEqual(one.input ?? {});
  expect(screen.shown()).toBe('');
});

test('without a terminal nobody is asked, and the input goes on without the word: Prepare refuses', async () => {
  expect(await asked(person(undefined), { input: { limit: 1 } })).toStrictEqual({ limit: 1 });
});

test.each([
  [{ limit: 0 }, 'option.invalid'],
  [{ limt: 5 }, 'option.unknown'],
])('what would be refused anyway is refused before anybody is asked: %j', async (input, code) => {
  const screen = person('YES\n');
  await expect(asked(screen, { input })).rejects.toMatchObject({ code });
  expect(screen.shown()).toBe('');
});

test('so is a run that nobody rehearsed; a retry needs no rehearsal', async () => {
  const { ports } = memoryWorld({ definition: doubling, items: [], overrides: { environment: 'production' } });
  await expect(asked(person('YES\n'), { ports })).rejects.toMatchObject({ code: 'rehearsal.required' });
  expect(await asked(person('YES\n'), { ports, input: { rehearsal: false } })).toMatchObject({ confirm: 'YES' });
  expect(await asked(person('YES\n'), { ports, input: { retry: RUN_ID } })).toMatchObject({ confirm: 'YES' });
});

describe('what is said', () => {
  const ports = production();
  const run = { ...runRecord(doubling), totals: { ...noCounters(), updated: 1200, failed: { raced: 2, 'invalid-item': 1 } } };

  test('of a table that cannot be counted', async () => {
    const estimateItems = () => Promise.reject(new Error('gone'));
    const facts = await factsOfRun({}, { ...ports, inspector: { ...ports.inspector, estimateItems } }, 'things');
    expect(Object.fromEntries(facts)).toMatchObject({ items: 'not known', backup: 'is taken first' });
  });

  test('of a retry', async () => {
    const facts = Object.fromEntries(await factsOfRetry(run, ports, 'things'));
    expect(facts).toMatchObject({ retry: `of run ${RUN_ID}`, items: '3 that failed', backup: 'none is taken' });
  });

  test('of a rollback of one run, and of several', async () => {
    const one = Object.fromEntries(await factsOfRollback([run], ports, 'things'));
    expect(one).toMatchObject({ rollback: `of run ${RUN_ID}`, items: '1,200 that were changed' });
    const two = Object.fromEntries(await factsOfRollback([{ ...run, runId: 'newer' }, run], ports, 'things'));
    expect(two).toMatchObject({ rollback: `of 2 runs, newest first: newer, ${RUN_ID}`, items: '2,400 that were changed' });
    const open = Object.fromEntries(await factsOfRollback([{ ...run, totals: null }], ports, 'things'));
    expect(open).toMatchObject({ items: 'those that were changed' });
  });
});
