import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { addBackfillAlarms } from '../constructs/alarms/backfill.ts';
import { addEnvironmentAlarms } from '../constructs/alarms/environment.ts';
import { addScheduleAlarms } from '../constructs/alarms/scheduled-start.ts';
import { addLedgerAlarms, addTableAlarms, physicalTables } from '../constructs/alarms/throttles.ts';
import { Alarms } from '../constructs/alarms.ts';
import { Backfill, type BackfillShape } from '../constructs/backfill.ts';
import { Brake } from '../constructs/brake.ts';
import { BackfillDashboard } from '../constructs/dashboard.ts';
import { DeadLetterQueue } from '../constructs/dead-letter-queue.ts';
import { Operations } from '../constructs/operations.ts';
import { Reconciler } from '../constructs/reconciler.ts';
import { ScheduledStart, scheduleOf } from '../constructs/scheduled-start.ts';
import { digestOf, prices } from '../workflow/deployment.ts';
import { constructNames } from '../workflow/names.ts';
import { ledgerTable } from '../workflow/tables.ts';
import type { DeploymentConfig } from './config.ts';
import type { StateStack } from './state-stack.ts';

export interface RunnerStackProps extends StackProps {
  readonly config: DeploymentConfig;
  readonly backfills: readonly BackfillShape[];
  readonly state: Pick<StateStack, 'ledger' | 'serviceCache' | 'artifacts' | 'serviceKeys' | 'alarms' | 'flags'>;
}

/** Everything that can be thrown away and deployed again: functions, machines, roles, logs. A run goes on from the ledger. */
export class RunnerStack extends Stack {
  /** What runs asynchronously leaves here what it could not handle. */
  readonly deadLetters: DeadLetterQueue;
  readonly alarms: Alarms;
  readonly dashboard: BackfillDashboard;

  constructor(scope: Construct, id: string, { config, backfills, state, ...props }: RunnerStackProps) {
    super(scope, id, { description: `Runs the backfills in ${config.environment}. Disposable.`, ...props });
    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters');
    const names = constructNames(
      backfills.map(({ name }) => name),
      config.environment,
    );
    const deployed = backfills.map((definition) => {
      const words = names.get(definition.name) ?? definition.name;
      const backfill = new Backfill(this, words, { definition, digest: digestOf(definition.name), config, state });
      const { machine, rollbackMachine } = backfill;
      const output = (id: string, description: string, value: string) => new CfnOutput(this, `${words}${id}`, { description, value });
      output('MachineArn', definition.summary, machine.stateMachineArn);
      output('ExampleInput', 'Paste into Start execution; {} takes every default.', JSON.stringify({ limit: 1000, batchSize: 50 }));
      output('RollbackMachineArn', `Undoes runs of ${definition.name}.`, rollbackMachine.stateMachineArn);
      output(
        'RollbackExampleInput',
        'Paste into Start execution; without "dryRun" it writes. {} undoes the newest run that stands.',
        JSON.stringify({ run: '<runId>', dryRun: true }),
      );
      return backfill;
    });
    new Operations(this, 'Operations', { config, backfills: deployed, state });
    const oversight = { backfills, config, ledger: state.ledger, deadLetters: this.deadLetters };
    new Brake(this, 'Brake', { ...oversight, alarms: state.alarms });
    new Reconciler(this, 'Reconciler', oversight);
    const scheduled = deployed.flatMap((backfill) => {
      const { definition, digest, machine } = backfill;
      const schedule = scheduleOf(definition, config.schedules);
      if (!schedule) return [];
      const props = { backfill: definition.name, environment: config.environment, schedule, digest, machine };
      return [new ScheduledStart(backfill, 'Schedule', { ...props, deadLetters: this.deadLetters })];
    });

    const { environment } = config;
    const ledger = { tableName: state.ledger.tableName, indexNames: ledgerTable.indexes.map(({ name }) => name) };
    this.alarms = new Alarms(this, 'Alarms', { environment, topic: state.alarms });
    for (const table of physicalTables(deployed.map((backfill) => backfill.table))) addTableAlarms(this.alarms, table);
    for (const backfill of deployed) addBackfillAlarms(this.alarms, backfill);
    for (const start of scheduled) addScheduleAlarms(this.alarms, start, state.alarms);
    addLedgerAlarms(this.alarms, ledger);
    addEnvironmentAlarms(this.alarms, this.deadLetters);
    // After every alarm, so that it shows them all.
    this.dashboard = new BackfillDashboard(this, 'Dashboard', {
      environment,
      backfills: deployed,
      alarms: this.alarms.all,
      ledger,
      deadLetters: this.deadLetters,
      prices: { ...prices, ...config.prices },
    });
  }
}
