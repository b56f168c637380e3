import { readFileSync } from 'node:fs';
import type { RunRecord } from '../../../lib/core/records/run.ts';
import { type Action, type RunState, transition, transitions } from '../../../lib/core/transitions.ts';
import { runRecord } from '../../support/memory-ports.ts';
import { doubling } from '../../support/thing-definitions.ts';

const actions = Object.keys(transitions) as Action[];
const states = Object.keys(transitions.pause) as RunState[];

const at = (state: RunState, change: Partial<RunRecord> = {}): [RunRecord, boolean] => [
  { ...runRecord(doubling), ...recorded(state), undoneBy: 'the-rollback', ...change },
  state === 'interrupted',
];

/** What a run's record has in each state. */
function recorded(state: RunState): Partial<RunRecord> {
  if (state === 'interrupted') return { status: 'running' };
  if (state === 'awaiting-approval') return { status: 'held', reason: { code: 'approval.awaited', message: '' } };
  if (state === 'rejected') return { status: 'held', reason: { code: 'gate.rejected', message: '' } };
  if (state === 'gate-shut') return { status: 'held', reason: { code: 'gate.failed', message: '' } };
  if (state === 'braked') return { status: 'held', reason: { code: 'brake.throttled', message: '' } };
  return { status: state };
}

/** The cells of docs/reference/runs.md, by state. */
function documented(): Record<string, string[]> {
  const page = readFileSync(new URL('../../../docs/reference/runs.md', import.meta.url), 'utf8');
  const [, table = ''] = /^## What can be asked of it$(.*?)^## /ms.exec(page) ?? [];
  const rows = table.split('\n').filter((line) => line.startsWith('|'));
  const cells = rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
  const [head = [], , ...body] = cells;
  expect(head.slice(1)).toStrictEqual(actions);
  return Object.fromEntries(body.map(([state = '', ...leads]) => [state, leads]));
}

describe('transitions', () => {
  test('are those of the reference page', () => {
    const table = Object.fromEntries(
      states.map((state) => [
        state,
        actions.map((action) => {
          const rule = transitions[action][state];
          return 'to' in rule ? rule.to : '';
        }),
      ]),
    );
    expect(table).toStrictEqual(documented());
  });

  test('a refusal names the run, says why and what to do instead', () => {
    for (const action of actions) {
      for (const state of states) {
        const rule = transitions[action][state];
        const [run, ended] = at(state);
        if ('to' in rule) expect(transition(run, action, ended)).toBe(rule.to);
        else {
          const refusal = {
            code: 'run.refused',
            message: expect.stringContaining(run.runId),
            remedy: expect.stringMatching(/^[A-Z].*\.$/),
          };
          expect(() => transition(run, action, ended)).toThrow(expect.objectContaining(refusal));
          expect(() => transition(run, action, ended)).not.toThrow(/\b(RUN|NAME|ROLLBACK)\b/);
        }
      }
    }
  });

  test('what stands in the words is filled in', () => {
    const [run, ended] = at('rolled-back');
    expect(() => transition(run, 'rollback', ended)).toThrow(
      expect.objectContaining({
        message: `Run ${run.runId} cannot be rolled back: it has been rolled back already, by the-rollback.`,
        remedy: 'Read what was undone with `npx backfill report the-rollback`.',
      }),
    );
    expect(() => transition(run, 'resume', ended)).toThrow(
      expect.objectContaining({ remedy: 'Start a new run with `npx backfill run doubling`.' }),
    );
  });

  test('a rollback is paused, resumed and aborted like any run, but neither retried nor rolled back', () => {
    const rollback = { of: 'r', was: 'complete' as const, wasUndoneBy: null, skipDamaged: false };
    expect(transition(...([at('running', { rollback })[0], 'pause', false] as const))).toBe('held');
    expect(transition(at('held', { rollback })[0], 'resume', true)).toBe('running');
    expect(() => transition(at('complete', { rollback })[0], 'retry', true)).toThrow(/is a rollback/);
    expect(() => transition(at('complete', { rollback })[0], 'rollback', true)).toThrow(/is a rollback/);
  });
});
