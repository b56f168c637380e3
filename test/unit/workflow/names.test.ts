import { constructNames, scheduleName } from '../../../lib/workflow/names.ts';

test('constructs are called as their backfills, in words', () => {
  expect([...constructNames(['receipt-place', 'x2', 'a-1'], 'staging')]).toEqual([
    ['receipt-place', 'ReceiptPlace'],
    ['x2', 'X2'],
    ['a-1', 'A1'],
  ]);
});

test.each([
  [['a-1', 'b', 'a1'], 'The definitions "a-1" and "a1" would both be deployed as A1.'],
  [['x', 'x'], 'The definitions "x" and "x" would both be deployed as X.'],
  [
    ['n'.repeat(52)],
    `The machine backfill-${'n'.repeat(52)}-production-rollback would have a name of 81 characters; Step Functions takes 80.`,
  ],
  [['dead-letters'], 'A definition cannot be called "dead-letters": the stack has a part of that name.'],
])('%j cannot be deployed side by side', (names, message) => {
  expect(() => constructNames(names, 'production')).toThrow(message);
  expect(() => constructNames(names.map((name) => name.slice(0, 51).replace('dead', 'live')).slice(0, 1), 'production')).not.toThrow();
});

test('a refusal says what to do', () => {
  expect.assertions(1);
  try {
    constructNames(['x', 'x'], 'staging');
  } catch (error) {
    expect(error).toMatchObject({ code: 'definition.invalid', remedy: 'Give the definition another name.' });
  }
});

test('a schedule has at most 64 characters', () => {
  expect(scheduleName('n'.repeat(44), 'production')).toHaveLength(64);
  expect(() => scheduleName('n'.repeat(45), 'production')).toThrow('would have a name of 65 characters; EventBridge Scheduler takes 64.');
});
