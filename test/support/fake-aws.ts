import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, ExecutionDoesNotExist, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { digestOf } from '../../lib/adapters/fs/digest.ts';
import { bucket } from '../../lib/adapters/s3/bucket.ts';
import { backfills } from '../../lib/backfills/index.ts';
import { main } from '../../lib/cli/main.ts';
import { CLEANUP, COORDINATOR, execute, localFunctions, PROCESSOR, REHEARSER } from '../../lib/local/interpreter.ts';
import type { Deployed } from '../../lib/workflow/deployed.ts';
import type { Execution } from '../../lib/workflow/execution.ts';
import { backfillMachine, rollbackMachine } from '../../lib/workflow/machines.ts';
import { deploymentParameter, machineNames } from '../../lib/workflow/names.ts';
import type { Embedded } from './embedded.ts';

const ACCOUNT = '111122223333';
const REGION = 'eu-central-1';

/** What a deployment of the embedded tables to staging would write down. */
export const deploymentOf = ({ runtime }: Embedded): Deployed => ({
  environment: 'staging',
  ledgerTable: runtime.ledgerTable,
  serviceCacheTable: runtime.serviceCacheTable,
  artifactsBucket: 'artifacts',
  tables: {},
  backfills: Object.fromEntries(
    backfills.map(({ name, version }) => {
      const { run, rollback } = machineNames(name, 'staging');
      const machine = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:`;
      return [name, { version, digest: digestOf(name), machineArn: machine + run, rollbackMachineArn: machine + rollback }];
    }),
  ),
  flags: { application: 'app', environment: 'env', profile: 'prof', strategy: 'strat' },
  dashboard: 'backfill-staging',
  alarms: `arn:aws:sns:${REGION}:${ACCOUNT}:alarms`,
  concurrency: 4,
  undoDays: 90,
});

const failedWith = (status: number): Error => Object.assign(new Error(`status ${status}`), { $metadata: { httpStatusCode: status } });

/** A bucket in memory, behind the S3 client. */
function fakeS3(): Map<string, Uint8Array> {
  const objects = new Map<string, Uint8Array>();
  const s3 = mockClient(S3Client);
  s3.on(PutObjectCommand).callsFake(({ Key, Body, IfNoneMatch }) => {
    if (IfNoneMatch === '*' && objects.has(Key)) throw failedWith(412);
    objects.set(Key, new Uint8Array(Body));
    return {};
  });
  s3.on(GetObjectCommand).callsFake(({ Key }) => {
    const body = objects.get(Key);
    if (!body) throw failedWith(404);
    return { Body: { transformToByteArray: async () => body } };
  });
  s3.on(ListObjectsV2Command).callsFake(({ Prefix }) => ({
    Contents: [...objects.keys()]
      .filter((key) => key.startsWith(Prefix))
      .sort()
      .map((Key) => ({ Key })),
  }));
  return objects;
}

interface Carried {
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  machine: string;
  input: Record<string, unknown>;
  output?: string;
  error?: string;
  cause?: string;
}

/**
 * AWS, for the command line: who asks, the parameter, the bucket, and a Step Functions that runs the machines in this process.
 * DynamoDB is the embedded one, found by `AWS_ENDPOINT_URL_DYNAMODB`.
 */
export class FakeAws {
  readonly sts = mockClient(STSClient);
  readonly ssm = mockClient(SSMClient);
  readonly sfn = mockClient(SFNClient);
  readonly objects = fakeS3();
  readonly executions = new Map<string, Carried>();
  deployed: Deployed;
  /** As long as it is set, executions that have ended still say that they run. */
  lingers = false;
  #env: NodeJS.ProcessEnv | undefined;

  constructor(private readonly here: Embedded) {
    this.deployed = deploymentOf(here);
    this.sts.on(GetCallerIdentityCommand).resolves({ Account: ACCOUNT, Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Operator/alice` });
    this.ssm.on(GetParameterCommand).callsFake(({ Name }) => {
      if (Name !== deploymentParameter('staging')) throw new ParameterNotFound({ message: Name, $metadata: {} });
      return { Parameter: { Value: JSON.stringify(this.deployed) } };
    });
    this.sfn.on(StartExecutionCommand).callsFake(({ stateMachineArn, input }) => this.#start(stateMachineArn, JSON.parse(input)));
    this.sfn.on(DescribeExecutionCommand).callsFake(({ executionArn }) => {
      const found = this.executions.get(executionArn);
      if (!found) throw new ExecutionDoesNotExist({ message: executionArn, $metadata: {} });
      return this.lingers ? { status: 'RUNNING' } : found;
    });
  }

  #start(machineArn: string, input: Record<string, unknown>): { executionArn: string } {
    const name = machineArn.split(':').at(-1) ?? '';
    const executionArn = `arn:aws:states:${REGION}:${ACCOUNT}:execution:${name}:${this.executions.size + 1}`;
    const carried: Carried = { status: 'RUNNING', machine: name, input };
    this.executions.set(executionArn, carried);
    const backfill = backfills.find((one) => name.startsWith(machineNames(one.name, 'staging').run))?.name ?? '';
    const data = name.endsWith('-rollback')
      ? rollbackMachine(backfill, { coordinator: COORDINATOR, worker: CLEANUP, rehearser: REHEARSER })
      : backfillMachine(backfill, { coordinator: COORDINATOR, worker: PROCESSOR, rehearser: REHEARSER });
    execute(data, input, executionArn, localFunctions(this.#lambdas())).then((end) => Object.assign(carried, endOf(end)));
    return { executionArn };
  }

  /** What the deployed handlers run on. */
  #lambdas() {
    return {
      ...this.here.runtime,
      environment: 'staging',
      objects: bucket(new S3Client({ region: REGION }), 'artifacts'),
      digestOf: (name: string) => this.deployed.backfills[name]?.digest ?? '',
      executionEnded: async ({ execution }: { execution: string }) => this.executions.get(execution)?.status !== 'RUNNING',
    };
  }

  /** Points this process at it; `restore` takes that back. */
  async open(): Promise<this> {
    this.#env = { ...process.env };
    const { protocol, hostname, port } = (await this.here.dynamo.config.endpoint?.()) ?? { protocol: '', hostname: '', port: 0 };
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_DYNAMODB: `${protocol}//${hostname}:${port}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: REGION,
    });
    return this;
  }

  close(): void {
    process.env = this.#env ?? process.env;
  }
}

/** As Step Functions tells it: of an error thrown by a handler, name and message; of a Fail state, its error and cause. */
function endOf(end: Execution): Partial<Carried> {
  if (end.status === 'succeeded') return { status: 'SUCCEEDED', output: JSON.stringify(end.output ?? null) };
  const thrown = end.thrown as { code?: string; message: string; remedy?: string } | undefined;
  if (!thrown?.code) return { status: 'FAILED', error: end.error, cause: end.cause };
  return { status: 'FAILED', error: thrown.code, cause: `${thrown.message}\n${thrown.remedy}` };
}

/** A command in this process: its exit code and what it printed. */
export async function command(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const printed = { out: '', err: '' };
  const write = (to: 'out' | 'err') =>
    ((text: string) => {
      printed[to] += text;
      return true;
    }) as typeof process.stdout.write;
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation(write('out')),
    jest.spyOn(process.stderr, 'write').mockImplementation(write('err')),
  ];
  try {
    return { code: await main(args), ...printed };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.stdout.removeAllListeners('error');
  }
}
