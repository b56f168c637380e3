import { Duration, Stack } from 'aws-cdk-lib';
import { type Alarm, Dashboard, PeriodOverride } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Prices } from '../workflow/deployment.ts';
import { dashboardName } from '../workflow/names.ts';
import type { WatchedTable } from './alarms/throttles.ts';
import type { Backfill } from './backfill.ts';
import { backfillSection } from './dashboard/backfill.ts';
import { environmentSection } from './dashboard/environment.ts';
import { header } from './dashboard/header.ts';

export interface BackfillDashboardProps {
  readonly environment: string;
  readonly backfills: readonly Backfill[];
  /** All of the environment; those that are added later are not shown. */
  readonly alarms: readonly Alarm[];
  readonly ledger: WatchedTable;
  readonly deadLetters: IQueue;
  readonly prices: Prices;
}

/** One page for one environment: what stands in alarm, then each backfill from progress to cost, then what they share. */
export class BackfillDashboard extends Dashboard {
  constructor(scope: Construct, id: string, props: BackfillDashboardProps) {
    const { environment, backfills, alarms, ledger, deadLetters, prices } = props;
    super(scope, id, {
      dashboardName: dashboardName(environment, Stack.of(scope).region),
      defaultInterval: Duration.hours(3),
      // A graph of "a minute" stays one, however long the time that is shown.
      periodOverride: PeriodOverride.INHERIT,
    });
    const rows = [
      ...header(environment, alarms),
      ...backfills.flatMap((backfill) => backfillSection(backfill, { environment, prices })),
      ...environmentSection(environment, ledger, deadLetters),
    ];
    for (const row of rows) this.addWidgets(...row);
  }
}
