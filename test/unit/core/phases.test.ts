import fc from 'fast-check';
import { defineBackfill, type PhasePlan } from '../../../lib/core/definition.ts';
import { batchSizeOf, choosePhases, layOut, PHASED_SEGMENTS, presentPhase, segmentsOf } from '../../../lib/core/phases.ts';
import { numbers } from '../../../lib/core/rounds.ts';
import { runRecord } from '../../support/memory-ports.ts';
import { doubling } from '../../support/thing-definitions.ts';

const phases: PhasePlan[] = [
  { name: 'pilot', upTo: 7.5, batchSize: 50 },
  { name: 'major', upTo: 35, batchSize: 100 },
  { name: 'remainder', upTo: 100, batchSize: 200 },
];
const phased = { phases, batchSize: 100 };
const unphased = { phases: [], batchSize: 25 };
const MANY = 1_000_000;

describe('the phases of a run', () => {
  test('are those of its definition, for a whole run of a table that is large enough', () => {
    expect(choosePhases({}, MANY, phased)).toStrictEqual(phases);
    expect(choosePhases({}, null, phased)).toStrictEqual(phases);
    expect(choosePhases({}, 2_000, phased)).toStrictEqual(phases);
    expect(choosePhases({}, 1_999, phased)).toStrictEqual([]);
    expect(choosePhases({}, MANY, unphased)).toStrictEqual([]);
  });

  test.each([{ limit: 10 }, { dryRun: true }, { segments: PHASED_SEGMENTS - 1 }, { phases: 'none' }])('are none for %j', (input) => {
    expect(choosePhases(input, MANY, phased)).toStrictEqual([]);
  });

  test('have the batch size that is asked for, each', () => {
    expect(choosePhases({ batchSize: 7, segments: 200 }, MANY, phased).map(({ batchSize }) => batchSize)).toStrictEqual([7, 7, 7]);
    expect(choosePhases({ phases: '5:10, 50:20, 100' }, MANY, phased)).toStrictEqual([
      { name: 'pilot', upTo: 5, batchSize: 10 },
      { name: 'major', upTo: 50, batchSize: 20 },
      { name: 'remainder', upTo: 100, batchSize: 200 },
    ]);
  });

  test('can be asked for of any definition, and of a small table', () => {
    expect(choosePhases({ phases: '10%,100%' }, 5, unphased)).toStrictEqual([
      { name: 'pilot', upTo: 10, batchSize: 25 },
      { name: 'remainder', upTo: 100, batchSize: 25 },
    ]);
    expect(choosePhases({ phases: '1,2,3,100', batchSize: 3 }, 5, unphased).map(({ name, batchSize }) => [name, batchSize])).toStrictEqual([
      ['phase-1', 3],
      ['phase-2', 3],
      ['phase-3', 3],
      ['phase-4', 3],
    ]);
  });

  test.each([
    ['7.5,35', /must end at 100, not at 35/],
    ['7.5,35,101', /must end at 100, not at 101/],
    ['35,7.5,100', /cumulative/],
    ['0,100', /cumulative/],
    ['50,50,100', /cumulative/],
    ['a,100', /"a" is no share/],
    ['', /"" is no share/],
    ['10,,100', /"" is no share/],
    ['-5,100', /"-5" is no share/],
    ['10:0,100', /1 to 1000 items, not 0/],
    ['10:1001,100', /1 to 1000 items, not 1001/],
    ['10:x,100', /no share/],
  ])('"%s" is refused', (text, message) => {
    expect(() => choosePhases({ phases: text }, MANY, phased)).toThrow(
      expect.objectContaining({ code: 'option.invalid', message: expect.stringMatching(message) }),
    );
  });

  test.each([
    [{ limit: 5 }, /a limit is a pilot/],
    [{ dryRun: true }, /a dry run has no phases/],
    [{ segments: 199 }, /at least 200 segments, not 199/],
  ])('cannot be asked for together with %j', (input, message) => {
    expect(() => choosePhases({ phases: '5,100', ...input }, MANY, phased)).toThrow(
      expect.objectContaining({ code: 'option.invalid', message: expect.stringMatching(message) }),
    );
  });

  test.each([
    [[]],
    [[{ name: 'a', upTo: 100, batchSize: 1 }]],
    [
      [
        { name: 'a', upTo: 20, batchSize: 1 },
        { name: 'b', upTo: 100, batchSize: 1 },
      ],
    ],
  ])('a definition may declare %j', (declared) => {
    expect(define(declared).phases).toStrictEqual(declared);
  });

  test.each([
    [[{ name: 'a', upTo: 99, batchSize: 1 }]],
    [
      [
        { name: 'a', upTo: 60, batchSize: 1 },
        { name: 'b', upTo: 50, batchSize: 1 },
      ],
    ],
  ])('a definition may not declare %j', (declared) => {
    expect(() => define(declared)).toThrow(expect.objectContaining({ code: 'definition.invalid' }));
  });
});

const define = (declared: PhasePlan[]) => defineBackfill({ ...doubling, phases: declared } as never);

describe('phases laid out over segments', () => {
  test('7.5, 35 and 100 % of 200', () => {
    expect(layOut(phases, 200).map(({ upTo }) => upTo)).toStrictEqual([15, 70, 200]);
  });

  test('every phase has a segment at least, and all segments have a phase', () => {
    const shares = fc.uniqueArray(fc.integer({ min: 1, max: 9_999 }), { maxLength: 6 });
    fc.assert(
      fc.property(shares, fc.integer({ min: 7, max: 2_000 }), (drawn, segments) => {
        const sorted = [...drawn].sort((a, b) => a - b).map((share) => share / 100);
        const plan = [...sorted, 100].map((upTo, index) => ({ name: String(index), upTo, batchSize: 1 }));
        const bounds = layOut(plan, segments).map(({ upTo }) => upTo);
        expect(bounds.every((bound, index) => bound > (bounds[index - 1] ?? 0))).toBe(true);
        expect(bounds.at(-1)).toBe(segments);
        const run = { ...runRecord(doubling, { segments }), phases: layOut(plan, segments) };
        const dealt = bounds.flatMap((_, index) => segmentsOf(run, index));
        expect([...dealt].sort((a, b) => a - b)).toStrictEqual(numbers(segments));
      }),
    );
  });

  test('the present phase is the first whose gate is not open, and gives its batch size', () => {
    const gate = { at: '', verdict: 'passed' as const, findings: [], decision: null, earlier: [], open: true };
    const run = { ...runRecord(doubling, { segments: 200, batchSize: 9 }), phases: layOut(phases, 200) };
    expect(presentPhase(run)).toMatchObject({ name: 'pilot', index: 0, isLast: false });
    expect(batchSizeOf(run)).toBe(50);
    const passed = (count: number) => ({ ...run, phases: run.phases.map((phase, index) => (index < count ? { ...phase, gate } : phase)) });
    expect(presentPhase(passed(2))).toMatchObject({ name: 'remainder', index: 2, isLast: true });
    expect(presentPhase(passed(2))?.segments).toHaveLength(130);
    expect(batchSizeOf(passed(2))).toBe(200);
    expect(presentPhase(passed(3))).toBeUndefined();
    expect(batchSizeOf(passed(3))).toBe(9);
    expect(presentPhase({ ...run, rounds: 2 })).toBeUndefined();
    expect(batchSizeOf({ ...run, rounds: 2 })).toBe(9);
  });

  test('a segment that is waiting behind its gate is not in the present phase', () => {
    const run = { ...runRecord(doubling, { segments: 200 }), phases: layOut(phases, 200) };
    const pilot = new Set(presentPhase(run)?.segments);
    expect(pilot.size).toBe(15);
    expect(segmentsOf(run, 1).some((segment) => pilot.has(segment))).toBe(false);
  });
});
