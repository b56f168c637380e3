// @ts-expect-error it comes without types
import validate from 'asl-validator';
import { synthesize } from '../infra/synthesized.ts';

/** The documents as CloudFormation will get them. */

interface State {
  Type: string;
  Comment?: string;
  Next?: string;
  End?: boolean;
  Default?: string;
  Choices?: { Next: string }[];
  Catch?: { Next: string }[];
  TimeoutSeconds?: number;
  ItemProcessor?: Machine;
}

interface Machine {
  StartAt: string;
  States: Record<string, State>;
}

const documents = Object.values(synthesize().runner.findResources('AWS::StepFunctions::StateMachine')).map(
  ({ Properties }): [string, Machine] => [Properties.StateMachineName, JSON.parse(Properties.DefinitionString)],
);
const machines = documents.flatMap(([name, machine]): [string, Machine][] => [
  [name, machine],
  [`a child of ${name}`, machine.States.Segments?.ItemProcessor as Machine],
]);

const nextOf = ({ Next, Default, Choices = [], Catch = [] }: State): string[] =>
  [Next, Default, ...Choices.map((choice) => choice.Next), ...Catch.map((one) => one.Next)].filter((name) => name !== undefined);

const isEnd = ({ Type, End }: State): boolean => End === true || Type === 'Succeed' || Type === 'Fail';

/** All that can be reached from these states. */
function reach({ States }: Machine, from: readonly string[]): Set<string> {
  const seen = new Set(from);
  for (const name of seen) for (const next of nextOf(States[name] as State)) seen.add(next);
  return seen;
}

it('is there for runs and for rollbacks', () => {
  expect(documents.map(([name]) => name).sort()).toEqual([
    'backfill-receipt-place-development',
    'backfill-receipt-place-development-rollback',
    'backfill-wardrobe-normalize-development',
    'backfill-wardrobe-normalize-development-rollback',
  ]);
});

describe.each(documents)('%s', (_, machine) => {
  it('is valid Amazon States Language', () => {
    const { isValid, errors } = validate(structuredClone(machine));
    expect(errors).toEqual([]);
    expect(isValid).toBe(true);
  });

  it('is called invalid once a state leads nowhere', () => {
    const broken = structuredClone(machine);
    (broken.States.Prepare as State).Next = 'Nowhere';
    expect(validate(broken).isValid).toBe(false);
  });
});

describe.each(machines)('%s', (_, one) => {
  const states = Object.entries(one.States);

  it('has no state that cannot be reached', () => {
    expect([...reach(one, [one.StartAt])].sort()).toEqual(Object.keys(one.States).sort());
  });

  it('comes to an end from every state', () => {
    for (const [name] of states) {
      const ends = [...reach(one, [name])].filter((reached) => isEnd(one.States[reached] as State));
      expect([name, ends.length]).not.toEqual([name, 0]);
    }
  });

  it('has a default for every choice', () => {
    const choices = states.filter(([, { Type }]) => Type === 'Choice');
    expect(choices.length).toBeGreaterThan(0);
    for (const [name, { Default }] of choices) expect([name, Default]).toEqual([name, expect.any(String)]);
  });

  it('tells what each state is for, where its name does not', () => {
    for (const [name, { Type, Comment }] of states) {
      const speaks = ['Choice', 'Pass', 'Succeed'].includes(Type) || ['Checks failed', 'Not undone'].includes(name);
      expect([name, speaks || Comment !== undefined]).toEqual([name, true]);
    }
  });

  it('catches every error of every task and Map, and gives each task its time', () => {
    for (const [name, { Type, Catch, TimeoutSeconds }] of states) {
      if (Type === 'Task' || Type === 'Map') expect([name, Catch?.length]).toEqual([name, 1]);
      if (Type === 'Task') expect([name, TimeoutSeconds]).toEqual([name, 900]);
    }
  });
});
