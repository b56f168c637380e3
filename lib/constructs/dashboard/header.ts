import { type Alarm, AlarmStatusWidget, AlarmStatusWidgetSortBy, type IWidget, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { WIDTH } from './layout.ts';

/** Alarms that fit side by side, with names as long as ours. */
const ALARMS_A_ROW = 4;

export function header(environment: string, alarms: readonly Alarm[]): IWidget[][] {
  const command = (name: string) => `\`npx backfill ${name} RUN --environment ${environment}\``;
  const markdown = [
    `# Backfills in ${environment}`,
    'How far each backfill is, how fast it goes, what became of its items, what holds it back, and what it costs. Rehearsals count too, with what they would have done.',
    '',
    '| to | do | more in |',
    '|---|---|---|',
    `| see one run | ${command('monitor')} | docs/how-to/monitor-a-run.md |`,
    `| let it stand still | ${command('pause')} | docs/how-to/pause-resume-abort-retry.md |`,
    `| let it go on | ${command('resume')} | docs/how-to/pause-resume-abort-retry.md |`,
    `| undo it | ${command('rollback')} | docs/how-to/roll-back-a-run.md |`,
    '| answer an alarm | open it below: its description says what to do | docs/how-to/respond-to-an-alarm.md |',
  ].join('\n');
  return [
    [new TextWidget({ markdown, width: WIDTH, height: 7 })],
    [
      new AlarmStatusWidget({
        title: 'Alarms',
        alarms: [...alarms],
        sortBy: AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
        width: WIDTH,
        height: 2 + Math.ceil(alarms.length / ALARMS_A_ROW),
      }),
    ],
  ];
}
