import { execFile } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand, SetAlarmStateCommand, type StateValue } from '@aws-sdk/client-cloudwatch';
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { systemClock } from '../../lib/adapters/clock.ts';
import { dynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger.ts';
import type { Item } from '../../lib/core/attribute-value.ts';
import type { Ledger } from '../../lib/core/ledger.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { generateSample, type Sample } from '../../lib/local/sample/receipts.ts';
import { generateWardrobe } from '../../lib/local/sample/wardrobe.ts';
import { createReceiptsTable, writeItems } from '../../lib/local/seed.ts';
import { createWardrobeTable } from '../../lib/local/seed-wardrobe.ts';
import { machineNames, scheduleName, stackNames } from '../../lib/workflow/names.ts';
import { CommandLine, type Finished } from './command-line.ts';
import { adaptToEmulator } from './emulator-template.ts';
import { scanAll } from './endpoint.ts';
import { exact } from './exact.ts';

/** The emulated account that `scripts/e2e.mjs` has started, as the environment names it, and what its tests do there. */

const setting = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the end-to-end tests with "npm run test:e2e".`);
  return value;
};

export const ACCOUNT = setting('AWS_ACCESS_KEY_ID');
export const REGION = setting('AWS_REGION');
const POLL_MS = 100;
const PATIENCE_MS = 100_000;

/** Looks again and again until there is something, and then gives that; fails once patience is over. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`Not after ${PATIENCE_MS / 1000} s: ${what}`);
    await sleep(POLL_MS);
  }
}

// ---- Deployment ----

const CDK = join(__dirname, '../../node_modules/.bin/cdk');

/** Output and error output of the CDK's command line. Fails as it does. */
async function cdk(args: readonly string[], region = REGION): Promise<string> {
  const env = {
    ...process.env,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    CI: 'true',
    NO_COLOR: '1',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
  const { stdout, stderr } = await promisify(execFile)(CDK, [...args], { env, maxBuffer: 100_000_000 }).catch((error) => {
    throw new Error(`cdk ${args.join(' ')}: ${error.stdout}${error.stderr}`);
  });
  return `${stdout}${stderr}`;
}

/** The CDK's own bootstrap, but for a condition of its roles that the emulator's IAM has no value for, and so never finds fulfilled. */
export async function bootstrap(region = REGION): Promise<void> {
  const template = join(setting('E2E_FOLDER'), 'bootstrap.yaml');
  const own = readFileSync(join(__dirname, '../../node_modules/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml'), 'utf8');
  const [, inTheRole, ...more] = own.split(/(\n +Condition:\n +StringEquals:\n +aws:ResourceAccount:\n +- Fn::Sub: \S+)/);
  if (inTheRole === undefined || more.length !== 1) throw new Error('The bootstrap template of the CDK is another one now.');
  writeFileSync(template, own.replace(inTheRole, ''));
  await cdk(['bootstrap', `aws://${ACCOUNT}/${region}`, '--template', template], region);
}

/** Where an environment of the app is synthesized to. */
export const folderOf = (environment: string): string => join(setting('E2E_FOLDER'), environment);

/** The app as it is committed, but for what the emulator cannot do; a folder to deploy from. */
export async function synthesize(environment: string): Promise<string> {
  const folder = folderOf(environment);
  await cdk(['synth', '--quiet', '--output', folder, '--context', `environment=${environment}`]);
  for (const file of readdirSync(folder).filter((entry) => entry.endsWith('.template.json'))) {
    const { template } = adaptToEmulator(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    writeFileSync(join(folder, file), JSON.stringify(template));
  }
  return folder;
}

/** What a later version of the app could be: the same, but for every function's configuration. */
export function laterVersion(folder: string, environment: string): string {
  const later = `${folder}-later`;
  cpSync(folder, later, { recursive: true });
  const file = join(later, `${stackNames(environment).runner}.template.json`);
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replaceAll('"BACKFILL_ENVIRONMENT":', '"POWERTOOLS_LOG_LEVEL":"WARN","BACKFILL_ENVIRONMENT":'),
  );
  return later;
}

/** Both stacks, or one, from a folder of `synthesize`. */
export async function deploy(folder: string, { region = REGION, stack = '--all' } = {}): Promise<string> {
  const said = await cdk(
    ['deploy', stack, '--app', folder, '--require-approval', 'never', '--exclusively', '--progress', 'events'],
    region,
  );
  await mirrorTables(region);
  // No night shall come in between.
  await Promise.all((await schedules(region)).map((schedule) => changeSchedule(schedule, { State: 'DISABLED' }, region)));
  return said;
}

export const diff = (folder: string, region = REGION): Promise<string> =>
  cdk(['diff', '--app', folder, '--fail', '--method', 'template'], region);

const cloudFormation = (region: string) => new CloudFormationClient({ region });

/** Resources of a stack by logical id. */
export async function resourcesOf(stack: string, region = REGION): Promise<{ id: string; type: string; physical: string }[]> {
  const { StackResources = [] } = await cloudFormation(region).send(new DescribeStackResourcesCommand({ StackName: stack }));
  return StackResources.map(({ LogicalResourceId = '', ResourceType = '', PhysicalResourceId = '' }) => ({
    id: LogicalResourceId,
    type: ResourceType,
    physical: PhysicalResourceId,
  }));
}

export async function deployedTemplate(stack: string, region = REGION): Promise<unknown> {
  const { TemplateBody = '' } = await cloudFormation(region).send(new GetTemplateCommand({ StackName: stack }));
  return JSON.parse(TemplateBody);
}

export const synthesizedTemplate = (folder: string, stack: string): unknown =>
  JSON.parse(readFileSync(join(folder, `${stack}.template.json`), 'utf8'));

export async function deleteStack(stack: string, region = REGION): Promise<void> {
  const client = cloudFormation(region);
  await client.send(new DeleteStackCommand({ StackName: stack }));
  await eventually(`${stack} is deleted`, async () => {
    try {
      const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
      if (found?.StackStatus === 'DELETE_FAILED') throw new Error(`${stack} cannot be deleted: ${found.StackStatusReason}`);
      return found?.StackStatus === 'DELETE_COMPLETE';
    } catch (error) {
      if (/does not exist/.test((error as Error).message)) return true;
      throw error;
    }
  });
}

/** The emulator's CloudFormation makes tables in its own DynamoDB; where another one holds the items, they must be there too. */
async function mirrorTables(region: string): Promise<void> {
  const endpoint = process.env.E2E_TABLES_OF;
  if (!endpoint) return;
  const [theirs, ours] = [new DynamoDBClient({ region, endpoint }), new DynamoDBClient({ region })];
  const { TableNames: there = [] } = await theirs.send(new ListTablesCommand({}));
  const { TableNames: here = [] } = await ours.send(new ListTablesCommand({}));
  for (const TableName of there.filter((name) => !here.includes(name))) {
    const { Table: { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes } = {} } = await theirs.send(
      new DescribeTableCommand({ TableName }),
    );
    await ours.send(
      new CreateTableCommand({
        TableName,
        KeySchema,
        AttributeDefinitions,
        BillingMode: 'PAY_PER_REQUEST',
        ...(GlobalSecondaryIndexes?.length && {
          GlobalSecondaryIndexes: GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
            IndexName,
            KeySchema,
            Projection,
          })),
        }),
      }),
    );
  }
}

/** The name of the secret that keeps the key of Google Places. */
export async function placesKey(environment: string, region = REGION): Promise<string> {
  const secret = (await resourcesOf(stackNames(environment).state, region)).find(({ type }) => type === 'AWS::SecretsManager::Secret');
  if (!secret) throw new Error(`There is no secret in ${environment}.`);
  return secret.physical;
}

/** As an operator does once, after the first deployment. */
export async function putPlacesKey(environment: string, region = REGION): Promise<void> {
  const SecretId = await placesKey(environment, region);
  await new SecretsManagerClient({ region }).send(new PutSecretValueCommand({ SecretId, SecretString: 'a-key' }));
}

// ---- Schedules ----

const scheduler = (region: string) => new SchedulerClient({ region });

async function schedules(region: string): Promise<GetScheduleCommandOutput[]> {
  const { Schedules = [] } = await scheduler(region).send(new ListSchedulesCommand({}));
  return Promise.all(Schedules.map(({ Name, GroupName }) => scheduler(region).send(new GetScheduleCommand({ Name, GroupName }))));
}

async function changeSchedule(
  { Name, GroupName, ScheduleExpression, ScheduleExpressionTimezone, FlexibleTimeWindow, Target, Description }: GetScheduleCommandOutput,
  change: { State?: 'ENABLED' | 'DISABLED'; ScheduleExpression?: string },
  region = REGION,
): Promise<void> {
  const own = { Name, GroupName, ScheduleExpression, ScheduleExpressionTimezone, FlexibleTimeWindow, Target, Description };
  await scheduler(region).send(new UpdateScheduleCommand({ ...own, ...change }));
}

async function scheduleFor(backfill: Backfill, environment: string): Promise<GetScheduleCommandOutput> {
  const name = scheduleName(backfill, environment);
  const schedule = (await schedules(REGION)).find(({ Name }) => Name === name);
  if (!schedule) throw new Error(`There is no schedule ${name}.`);
  return schedule;
}

/** What the schedule of a backfill gives the machine. */
export async function nightlyInput(backfill: Backfill, environment = 'development'): Promise<unknown> {
  return JSON.parse((await scheduleFor(backfill, environment)).Target?.Input ?? '');
}

/** Has the schedule of a backfill come round once, which may take a minute; the execution that it starts. */
export async function nightOf(backfill: Backfill, environment = 'development'): Promise<string> {
  const schedule = await scheduleFor(backfill, environment);
  const sfn = new SFNClient({ region: REGION });
  const stateMachineArn = schedule.Target?.Arn;
  const newest = async () => (await sfn.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1 }))).executions?.[0]?.executionArn;
  const before = await newest();
  await changeSchedule(schedule, { State: 'ENABLED', ScheduleExpression: 'rate(1 minute)' });
  try {
    return await eventually(`${schedule.Name} has started an execution`, async () => {
      const now = await newest();
      return now !== before && now;
    });
  } finally {
    await changeSchedule(schedule, { State: 'DISABLED' });
  }
}

// ---- Alarms ----

const cloudWatch = new CloudWatchClient({ region: REGION });

/** As when its metric is like that for long enough: whoever hears of the alarm is told. */
export async function setAlarm(AlarmName: string, StateValue: StateValue): Promise<void> {
  const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }));
  if (MetricAlarms.length === 0) throw new Error(`There is no alarm ${AlarmName}.`);
  await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'A test says so.' }));
}

// ---- Operators ----

const OPERATOR_STACK = 'backfill-e2e-operator';

export interface Operator {
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
  /** The command line in their hands. */
  backfill(...args: string[]): Promise<Finished>;
  leave(): Promise<void>;
}

/** Somebody who has the policy that a deployment makes for its operators, and nothing else. */
export async function anOperator(environment = 'development'): Promise<Operator> {
  const client = cloudFormation(REGION);
  const stackOf = async (StackName: string) => (await client.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
  const outputOf = async (stack: string, key: string) =>
    (await stackOf(stack))?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
  const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' };
  const role = {
    AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [trust] },
    ManagedPolicyArns: [await outputOf(stackNames(environment).runner, 'OperatorPolicyArn')],
  };
  const template = {
    Resources: { Role: { Type: 'AWS::IAM::Role', Properties: role } },
    Outputs: { Role: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
  };
  const TemplateBody = JSON.stringify(template);
  await client.send(new CreateStackCommand({ StackName: OPERATOR_STACK, TemplateBody, Capabilities: ['CAPABILITY_IAM'] }));
  const RoleArn = await eventually(`${OPERATOR_STACK} is deployed`, async () => {
    const status = (await stackOf(OPERATOR_STACK))?.StackStatus;
    if (status?.includes('ROLLBACK')) throw new Error(`${OPERATOR_STACK}: ${status}`);
    return status === 'CREATE_COMPLETE' && outputOf(OPERATOR_STACK, 'Role');
  });
  const { Credentials } = await new STSClient({ region: REGION }).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'alice' }));
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  const line = new CommandLine({
    AWS_ACCESS_KEY_ID: AccessKeyId,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey,
    AWS_SESSION_TOKEN: SessionToken,
    BACKFILL_PRACTICE: '',
  });
  return {
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    backfill: (...args) => line.run(['--environment', environment, ...args]),
    async leave() {
      await line.close();
      await deleteStack(OPERATOR_STACK);
    },
  };
}

// ---- Tables ----

/** Must be what `scripts/e2e.mjs` has the fake Places server know. */
export const RECEIPTS = 600;
export const WARDROBE = 1000;

export const sample: Sample = generateSample({ receipts: RECEIPTS });

/** A table with these items and nothing else, whatever was there. */
async function fresh(dynamo: DynamoDBClient, table: string, create: () => Promise<void>, items: readonly Item[]): Promise<readonly Item[]> {
  await dynamo.send(new DeleteTableCommand({ TableName: table })).catch((error) => {
    if (error.name !== 'ResourceNotFoundException') throw error;
  });
  await create();
  await writeItems(dynamo, table, items);
  // A number comes back in one spelling, whatever it was written as.
  return scanAll(dynamo, table);
}

// ---- Runs ----

export type Backfill = 'receipt-place' | 'wardrobe-normalize';

export interface Ended {
  status: string | undefined;
  error: string | undefined;
  cause: string | undefined;
}

export interface Deployed {
  dynamo: DynamoDBClient;
  ledgerTable: string;
  ledger: Ledger;
  /** Fills the definition's table anew; its items. */
  seedReceipts(): Promise<readonly Item[]>;
  seedWardrobe(items?: number): Promise<readonly Item[]>;
  /** Starts the machine as an operator does at the console; the execution's ARN. */
  start(backfill: Backfill, input?: unknown): Promise<string>;
  startRollback(backfill: Backfill, input?: unknown): Promise<string>;
  stop(execution: string): Promise<void>;
  ended(execution: string): Promise<Ended>;
  /** Starts it and waits for its end; `run` is what it did. */
  run(backfill: Backfill, input?: unknown): Promise<Ended & { run: RunRecord | undefined }>;
  rollback(backfill: Backfill, input?: unknown): Promise<Ended & { run: RunRecord | undefined }>;
  /** The run that an execution carries, once it has opened one. */
  runOf(execution: string): Promise<RunRecord | undefined>;
  /** Waits until the run is as it shall be. Fails once its execution has ended without that. */
  until(execution: string, holds: (run: RunRecord) => boolean | Promise<boolean>): Promise<RunRecord>;
  /** As the CLI does from any terminal. */
  command(runId: string, desired: 'hold' | 'abort', code: string): Promise<void>;
}

/** What is deployed as an environment, with its clients. */
export async function deployed(
  environment = 'development',
  { region = REGION, tables = {} as Record<string, string> } = {},
): Promise<Deployed> {
  const resources = await resourcesOf(stackNames(environment).state, region);
  const ledgerTable = resources.find(({ id, type }) => id.startsWith('Ledger') && type === 'AWS::DynamoDB::Table')?.physical ?? '';
  const dynamo = dynamoClient({ region });
  const sfn = new SFNClient({ region });
  const ledger = new DynamoLedger(dynamo, ledgerTable, { clock: systemClock, random: Math.random, outage: { until: 0 } });
  const arnOf = (machine: string): string => `arn:aws:states:${region}:${ACCOUNT}:stateMachine:${machine}`;
  const begin = async (machine: string, input: unknown): Promise<string> => {
    const request = new StartExecutionCommand({ stateMachineArn: arnOf(machine), input: JSON.stringify(input) });
    return (await sfn.send(request)).executionArn ?? '';
  };
  const look = async (execution: string): Promise<Ended> => {
    const { status, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn: execution }));
    return { status, error, cause };
  };
  const here: Deployed = {
    dynamo,
    ledgerTable,
    ledger,
    seedReceipts: () => {
      const name = tables.receipts ?? 'receipts';
      return fresh(dynamo, name, () => createReceiptsTable(dynamo, undefined, name), sample.items);
    },
    seedWardrobe: (items = WARDROBE) => {
      const name = tables.wardrobe ?? 'wardrobe';
      return fresh(dynamo, name, () => createWardrobeTable(dynamo, name), generateWardrobe({ items }).items);
    },
    start: (backfill, input = {}) => begin(machineNames(backfill, environment).run, input),
    startRollback: (backfill, input = {}) => begin(machineNames(backfill, environment).rollback, input),
    stop: async (executionArn) => {
      await sfn.send(new StopExecutionCommand({ executionArn }));
    },
    ended(execution) {
      return eventually(`${execution} has ended`, async () => {
        const end = await look(execution);
        return end.status !== 'RUNNING' && end;
      });
    },
    async run(backfill, input) {
      const execution = await here.start(backfill, input);
      return { ...(await here.ended(execution)), run: await here.runOf(execution) };
    },
    async rollback(backfill, input) {
      const execution = await here.startRollback(backfill, input);
      return { ...(await here.ended(execution)), run: await here.runOf(execution) };
    },
    async runOf(execution) {
      const [, machine = ''] = /:execution:([^:]+):/.exec(execution) ?? [];
      const backfill = machine.replace(/^backfill-/, '').replace(new RegExp(`-${environment}(-rollback)?$`), '');
      const runs = await ledger.listRuns(backfill, 50);
      return runs.find(({ owner }) => owner.execution === execution);
    },
    until(execution, holds) {
      return eventually(`the run of ${execution} is as it shall be`, async () => {
        const end = await look(execution);
        const run = await here.runOf(execution);
        if (run && (await holds(run))) return run;
        if (end.status !== 'RUNNING') throw new Error(`The execution is over: ${JSON.stringify(end)} ${JSON.stringify(run?.reason)}`);
        return undefined;
      });
    },
    async command(runId, desired, code) {
      const at = new Date().toISOString();
      await ledger.command(runId, { desired, reason: { code, message: `${code} by a test.` }, by: 'test', at });
    },
  };
  return here;
}

/** What is in one of two tables only, the first few. */
export function differing(actual: Iterable<Item>, expected: Iterable<Item>): string[] {
  const [found, wanted] = [actual, expected].map((items) => new Set([...items].map(exact)));
  const unexpected = [...(found ?? [])].filter((text) => !wanted?.has(text));
  const missing = [...(wanted ?? [])].filter((text) => !found?.has(text));
  return [...unexpected.map((text) => `unexpected: ${text}`), ...missing.map((text) => `missing: ${text}`)].slice(0, 6);
}

/** What an earlier test left standing shall not stand in the way of the next one. */
export async function forgetRuns({ ledger }: Deployed, backfill: Backfill): Promise<void> {
  for (const { runId, epoch, status } of await ledger.listRuns(backfill, 10))
    if (['running', 'held', 'failed'].includes(status)) await ledger.updateRun(runId, epoch, { status: 'aborted' });
}

/** As if the definition had never been rehearsed. */
export async function forgetRehearsals({ ledger }: Deployed, backfill: Backfill): Promise<void> {
  for (const { runId, epoch, options } of await ledger.listRuns(backfill, 100))
    if (options.dryRun) await ledger.updateRun(runId, epoch, { status: 'aborted' });
}

async function change({ dynamo, ledgerTable }: Deployed, { PK, SK }: Item, name: string, value: AttributeValue): Promise<void> {
  await dynamo.send(
    new UpdateItemCommand({
      TableName: ledgerTable,
      Key: { PK, SK } as Record<string, AttributeValue>,
      UpdateExpression: 'SET #n = :v',
      ExpressionAttributeNames: { '#n': name },
      ExpressionAttributeValues: { ':v': value },
    }),
  );
}

/** As if the sixteen minutes were over that a worker's lease may outlive it. */
export async function expireLeases(here: Deployed, run: RunRecord): Promise<void> {
  const rows = await scanAll(here.dynamo, here.ledgerTable);
  const leased = rows.filter((row) => row.leaseUntil && JSON.stringify(row.PK).includes(run.runId));
  for (const row of leased) await change(here, row, 'leaseUntil', { N: '0' });
}

/** As if the alarms on a table had stood since then (ISO 8601). */
export async function backdateBrakes(here: Deployed, table: string, since: string): Promise<void> {
  const rows = await scanAll(here.dynamo, here.ledgerTable);
  for (const row of rows.filter(({ PK }) => JSON.stringify(PK).includes(`BRAKE#${table}`))) await change(here, row, 'since', { S: since });
}

/** Whether some segment of the run has got anywhere. */
export const hasBegun =
  ({ ledger }: Deployed) =>
  async ({ runId, options }: RunRecord): Promise<boolean> =>
    (await ledger.segments(runId, options.segments)).some(({ counters }) => counters.scanned > 0);

// ---- Lambdas ----

/** Process ids of the emulator's Lambdas whose function's name has this part in it: each is a child of the emulator's. */
export function lambdaProcesses(part: string): number[] {
  const emulator = setting('MINISTACK_PID');
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return (
          parent === emulator &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`ministack-lambda-`) &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(part)
        );
      } catch {
        // It has ended.
        return false;
      }
    })
    .map(Number);
}

// ---- Places ----

const PLACES = setting('PLACES_BASE_URL');

/** See docs/how-to/switch-on-faults.md; `{}` switches them off. */
export async function setFaults(faults: Record<string, unknown>): Promise<void> {
  const { ok } = await fetch(`${PLACES}/_faults`, { method: 'PUT', body: JSON.stringify(faults) });
  if (!ok) throw new Error('The Places server does not take these faults.');
}
