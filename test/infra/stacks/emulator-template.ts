import { adaptToEmulator } from '../../support/emulator-template.ts';
import { synthesize } from '../synthesized.ts';

type Template = Parameters<typeof adaptToEmulator>[0];

const { state, runner } = synthesize();
const changesOf = (template: { toJSON(): unknown }): string[] =>
  adaptToEmulator(template.toJSON() as Template).changes.map((change) => change.replace(/[0-9A-F]{8}/g, ''));

/** Of an alarm that is kept. */
const SPELLING = /^dimensions in both spellings of Alarms/;

/** All in which the deployment that the end-to-end tests prove differs from the one that goes to AWS. */
it('only what the emulator cannot do is changed for the end-to-end tests', () => {
  expect(changesOf(state)).toEqual([
    'without statement JournalIsWrittenOnce of ArtifactsPolicy',
    'Id instead of Ref of PlacesKey',
    'Id instead of Ref of PlacesKey',
  ]);
  expect(changesOf(runner).filter((change) => !SPELLING.test(change))).toEqual([
    'MaxConcurrency 4 instead of MaxConcurrencyPath in ReceiptPlaceMachine',
    'MaxConcurrency 4 instead of MaxConcurrencyPath in ReceiptPlaceRollbackMachine',
    'MaxConcurrency 4 instead of MaxConcurrencyPath in WardrobeNormalizeMachine',
    'MaxConcurrency 4 instead of MaxConcurrencyPath in WardrobeNormalizeRollbackMachine',
    'without AWS::CloudWatch::Alarm Alarmsreceiptplacefaileditems',
    'without AWS::CloudWatch::Alarm Alarmsreceiptplaceserviceerrors',
    'without AWS::CloudWatch::Alarm Alarmsreceiptplacefunctionerrors',
    'without AWS::CloudWatch::Alarm Alarmsreceiptplacefunctionthrottles',
    'without AWS::CloudWatch::Alarm Alarmswardrobenormalizefaileditems',
    'without AWS::CloudWatch::Alarm Alarmswardrobenormalizefunctionerrors',
    'without AWS::CloudWatch::Alarm Alarmswardrobenormalizefunctionthrottles',
  ]);
});

it('alarms only have their dimensions in the spelling of messages, too', () => {
  const { Resources } = runner.toJSON() as Template;
  const adapted = adaptToEmulator({ Resources }).template.Resources;
  const alarms = Object.entries(Resources).filter(([id, { Type }]) => Type === 'AWS::CloudWatch::Alarm' && id in adapted);
  expect(alarms.length).toBeGreaterThan(20);
  for (const [id, alarm] of alarms) {
    const spelledAsBefore = JSON.parse(JSON.stringify(adapted[id]), (_, value) => {
      if (value?.name === undefined || JSON.stringify(value.name) !== JSON.stringify(value.Name)) return value;
      const { name, value: twin, ...dimension } = value;
      expect(twin).toEqual(dimension.Value);
      return dimension;
    });
    expect(spelledAsBefore).toEqual(alarm);
  }
});

it('all else is as it was synthesized', () => {
  const { Resources, ...rest } = state.toJSON();
  const adapted = adaptToEmulator({ Resources, ...rest } as Template).template as unknown as Record<string, unknown>;
  expect(Object.keys(adapted.Resources as object)).toEqual(Object.keys(Resources));
  expect(adapted.Parameters).toEqual(rest.Parameters);
  for (const [id, resource] of Object.entries(Resources))
    if (!/^ArtifactsPolicy/.test(id)) expect((adapted.Resources as Record<string, unknown>)[id]).toEqual(resource);
});
