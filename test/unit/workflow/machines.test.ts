import { EXECUTION_TRANSITIONS, SEGMENT_TRANSITIONS, TURN_TRANSITIONS } from '../../../lib/core/orchestration.ts';
import { backfillMachine, rollbackMachine, type StateMachine } from '../../../lib/workflow/machines.ts';

const functions = { coordinator: 'coordinator', worker: 'worker', rehearser: 'rehearser' };
const machine = backfillMachine('things', functions);
const child = machine.States.Segments?.ItemProcessor as StateMachine;

interface Choice {
  Variable: string;
  StringEquals: string;
  Next: string;
}

/** The names of the states that are entered, when every Choice finds what `answers` says of its variable. */
function walk({ StartAt, States }: StateMachine, answers: Record<string, string[]>): string[] {
  const left = structuredClone(answers);
  const entered: string[] = [];
  for (let name: string | undefined = StartAt; name !== undefined; ) {
    entered.push(name);
    const state: Record<string, unknown> | undefined = States[name];
    if (!state) throw new Error(`There is no state ${name}.`);
    const choices = (state.Choices ?? []) as Choice[];
    const [{ Variable = '' } = {}] = choices;
    const answer = left[Variable]?.shift();
    name = (choices.find(({ StringEquals }) => StringEquals === answer)?.Next ?? state.Next ?? state.Default) as string | undefined;
  }
  return entered;
}

const through = { '$.mode': ['write'], '$.gate.result.decision': ['finish'], '$.finish.result.verdict': ['good'] };

describe('what is paid for by the transition', () => {
  it('is what an execution enters that goes straight through', () => {
    const entered = walk(machine, through);
    expect(entered.at(-1)).toBe('Done');
    expect(entered).toHaveLength(EXECUTION_TRANSITIONS);
    expect(walk(rollbackMachine('things', functions), through)).toHaveLength(EXECUTION_TRANSITIONS - 2);
  });

  it.each(['write', 'rehearse'])('is what the child of a segment enters, by the invocation (%s)', (mode) => {
    const once = walk(child, { '$.mode': [mode], '$.process.result.next': ['done'] });
    expect(once).toHaveLength(SEGMENT_TRANSITIONS);
    const thrice = walk(child, { '$.mode': [mode, mode, mode], '$.process.result.next': ['more', 'more', 'done'] });
    expect(thrice).toHaveLength(SEGMENT_TRANSITIONS + 2 * TURN_TRANSITIONS);
  });
});

it('leads a refusal to its end, and a rehearsal past everything that writes', () => {
  expect(walk(machine, { '$.mode': ['refuse'] })).toEqual(['Prepare', 'Run or rehearse?', 'Refused']);
  expect(walk(machine, { ...through, '$.mode': ['rehearse'] }).slice(0, 4)).toEqual(['Prepare', 'Run or rehearse?', 'Plan', 'Segments']);
  expect(walk(child, { '$.mode': ['rehearse'] })).toContain('Rehearse');
  expect(walk(child, { '$.mode': ['rehearse'] })).not.toContain('Process');
  expect(walk(child, { '$.mode': ['write'] })).not.toContain('Rehearse');
});
