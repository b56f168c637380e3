import { ExecutionAlreadyExists, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { systemClock } from '../../lib/adapters/clock.ts';
import { dynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { tableKeeper } from '../../lib/adapters/dynamodb/keeper.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger.ts';
import { backfills } from '../../lib/backfills/index.ts';
import type { Oversight } from '../oversight.ts';
import { callDeps } from '../runtime.ts';
import { executionEnded, sfn } from './executions.ts';
import { log, setting, tableNames } from './settings.ts';

let oversight: Oversight | undefined;

/** Built once for each Lambda environment, from the variables that the stack sets. */
export async function awsOversight(): Promise<Oversight> {
  oversight ??= build();
  return oversight;
}

function build(): Oversight {
  const dynamo = dynamoClient();
  const deps = callDeps({ dynamo, clock: systemClock, random: Math.random });
  const machines = setting('MACHINE_ARN_PREFIX');
  return {
    environment: setting('BACKFILL_ENVIRONMENT'),
    definitions: backfills,
    tableName: tableNames(),
    keeper: (table) => tableKeeper(dynamo, table, deps),
    ledger: new DynamoLedger(dynamo, setting('LEDGER_TABLE'), deps),
    clock: systemClock,
    log,
    executionEnded,
    startExecution: (machine, name, input) => start(`${machines}${machine}`, name, input),
  };
}

async function start(stateMachineArn: string, name: string, input: object): Promise<boolean> {
  try {
    await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    return true;
  } catch (error) {
    if (error instanceof ExecutionAlreadyExists) return false;
    throw error;
  }
}
