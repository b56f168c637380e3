import type { BatchStatementResponse } from '@aws-sdk/client-dynamodb';
import { abilitiesOf } from '../../../lib/adapters/dynamodb/abilities.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { type Asked, StatementEndpoint, thrown } from '../../support/statement-endpoint.ts';

/** What is concluded from an endpoint's answers. Real ones are asked by the contract. */

type Statement = Asked['statements'][number];

const failing = (Code: string): BatchStatementResponse => ({ Error: { Code: Code as 'DuplicateItem' } });

/** Answers as DynamoDB does, but for those that `lapse` gives. */
function bench(lapse: (statement: Statement) => BatchStatementResponse | Error | undefined = () => undefined) {
  const endpoint = new StatementEndpoint();
  const rows = new Set<string>();
  const wellDone = ({ Statement, Parameters }: Statement): BatchStatementResponse => {
    if (Statement.startsWith('INSERT')) {
      const row = JSON.stringify(Parameters[1]);
      if (rows.has(row)) return failing('DuplicateItem');
      rows.add(row);
      return {};
    }
    if (Statement.startsWith('DELETE'))
      return Parameters.some((value) => 'S' in value && value.S === 'a')
        ? { Item: { held: { S: 'a' } } }
        : failing('ConditionalCheckFailed');
    if (Statement.includes('REMOVE')) return { Item: { PK: { S: 'PROBE' } } };
    return Statement.includes('"held"') ? failing('ConditionalCheckFailed') : {};
  };
  endpoint.onStatement = (statement) => lapse(statement) ?? wellDone(statement);
  const noted: unknown[] = [];
  const clock = fakeClock();
  const log = { info: (_: string, details?: object) => void noted.push(details) };
  return { endpoint, noted, clock, abilities: abilitiesOf(endpoint.client, 'ledger', { clock, random: () => 0.5, log }) };
}

test('an endpoint that does as DynamoDB is asked once, and nothing is noted', async () => {
  const { endpoint, noted, abilities } = bench();
  await Promise.all([abilities.statements(), abilities.statements()]);
  expect(await abilities.statements()).toEqual(new Map());
  expect(endpoint.names).toEqual(['BatchExecuteStatement of 4', 'BatchExecuteStatement of 4', 'BatchExecuteStatement of 3']);
  expect(await abilities.deletions()).toEqual(new Map());
  expect(noted).toEqual([]);
});

test('who creates and updates sends no DELETE, for its role could not', async () => {
  const { endpoint, abilities } = bench();
  await abilities.statements();
  expect(endpoint.asked.flatMap(({ statements }) => statements).filter(({ Statement }) => Statement.startsWith('DELETE'))).toEqual([]);
});

test('only rows of one partition are touched', async () => {
  const { endpoint, abilities } = bench();
  await abilities.deletions();
  for (const { Parameters } of endpoint.asked.flatMap(({ statements }) => statements)) expect(Parameters).toContainEqual({ S: 'PROBE' });
});

test('another that tries at the same time is in nobody’s way', async () => {
  const { endpoint, abilities } = bench();
  await abilities.statements();
  const again = abilitiesOf(endpoint.client, 'ledger', { clock: fakeClock(), random: Math.random, log: { info: () => undefined } });
  expect(await again.statements()).toEqual(new Map());
});

const whenever =
  (part: string, answer: BatchStatementResponse, kind = 'UPDATE') =>
  ({ Statement }: Statement) =>
    Statement.startsWith(kind) && Statement.includes(part) ? answer : undefined;

test.each<[string, (statement: Statement) => BatchStatementResponse | Error | undefined, [string, string]]>([
  [
    'takes unequal lists for equal',
    whenever('"held"=?', {}),
    ['writes that hold lists or maps fast', 'it takes lists or maps for equal that are not'],
  ],
  ['drops REMOVE', whenever('REMOVE', { Item: { gone: { BOOL: true } } }), ['removals of attributes', 'REMOVE does not remove']],
  ['does not say what REMOVE left', whenever('REMOVE', {}), ['removals of attributes', 'REMOVE does not remove']],
  [
    'does not find equals equal',
    whenever('"absent"', failing('ConditionalCheckFailed')),
    ['all writes', 'its conditions do not hold where all is equal'],
  ],
  ['finds missing what is there', whenever('"held" IS MISSING', {}), ['all writes', 'IS MISSING holds for what is there']],
  ['puts over what is there', whenever('', {}, 'INSERT'), ['all writes', 'INSERT does not refuse a key that is taken']],
  ['refuses INSERT', whenever('', failing('ValidationError'), 'INSERT'), ['all writes', 'INSERT is refused (ValidationError)']],
  ['forbids statements', whenever('', failing('AccessDenied'), 'INSERT'), ['all writes', 'INSERT is refused (AccessDenied)']],
  ['knows no statements', () => thrown('UnknownOperationException'), ['all writes', 'it takes none (UnknownOperationException)']],
  ['forbids them as a whole', () => thrown('AccessDeniedException'), ['all writes', 'it takes none (AccessDeniedException)']],
  ['deletes, and does not say what', whenever('', {}, 'DELETE'), ['deletions', 'DELETE does not heed its condition']],
])('one that %s is found out, and that is noted once', async (_, lapse, [what, why]) => {
  const { noted, abilities } = bench(lapse);
  expect([...(await abilities.deletions())]).toEqual([[what, why]]);
  await abilities.deletions();
  expect(noted).toEqual([{ what, why }]);
});

test('a deletion that heeds its condition but returns nothing is no good either', async () => {
  const { abilities } = bench(({ Statement, Parameters }) =>
    Statement.startsWith('DELETE') && Parameters.some((value) => 'S' in value && value.S === 'a') ? {} : undefined,
  );
  expect([...(await abilities.deletions())]).toEqual([['deletions', 'DELETE does not return what it deleted']]);
});

test.each(['ThrottlingError', 'InternalServerError', 'TransactionConflict'])(
  '%s of a statement tells nothing, and it is tried again',
  async (code) => {
    let faults = 0;
    const { clock, abilities } = bench(() => {
      faults += 1;
      return faults < 3 ? failing(code) : undefined;
    });
    expect(await abilities.statements()).toEqual(new Map());
    expect(clock.waits.length).toBeGreaterThan(0);
  },
);

test('an endpoint that does not answer is asked anew the next time', async () => {
  let down = true;
  const { abilities } = bench(() => (down ? thrown('ECONNREFUSED') : undefined));
  await expect(abilities.statements()).rejects.toMatchObject({ code: 'ledger.unreachable' });
  down = false;
  expect(await abilities.statements()).toEqual(new Map());
});
