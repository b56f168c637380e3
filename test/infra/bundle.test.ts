import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildApp } from './synthesized.ts';

/** The bundles themselves: their size, and that they stand alone and reach AWS with a Lambda's credentials. */

const { app } = buildApp({ bundle: true });
const { directory } = app.synth();
const bundles = readdirSync(directory)
  .map((name) => join(directory, name, 'index.mjs'))
  .filter((file) => existsSync(file));

it('bundles each handler by itself, under 700 KB with its SDK clients', () => {
  expect(bundles).toHaveLength(6);
  for (const bundle of bundles) expect(statSync(bundle).size).toBeLessThan(700_000);
});

const CALL = `
  const { handler } = await import(process.argv[1]);
  const events = [
    { step: 'prepare', backfill: 'receipt-place', execution: 'arn:aws:states:::execution:m:1', input: {} },
    { backfill: 'receipt-place', run: { runId: 'r', epoch: 1 }, segment: 0 },
    { Records: [{ Sns: { Message: process.env.ALARM } }] },
    { sweep: true },
  ];
  for (const event of events) {
    try {
      const { error } = await handler(event, { getRemainingTimeInMillis: () => 900_000 });
      if (error) console.log(error.Error, error.Cause.split('\\n')[0]);
    } catch ({ name, message }) {
      if (name.includes('.')) console.log(name, message);
    }
  }
`;

async function callEach(url: string): Promise<string[]> {
  const env = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
    AWS_ENDPOINT_URL: url,
    AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
    BACKFILL_ENVIRONMENT: 'development',
    BACKFILL_NAME: 'receipt-place',
    BACKFILL_DIGEST: 'd1',
    BACKFILL_UNDO_DAYS: '90',
    BACKFILL_TABLES: '{"receipts":"prod-receipts"}',
    MACHINE_ARN_PREFIX: 'arn:aws:states:eu-central-1:123456789012:stateMachine:',
    ALARM: JSON.stringify({
      AlarmName: 'throttles',
      NewStateValue: 'ALARM',
      NewStateReason: 'too many',
      StateChangeTime: '2026-11-21T12:00:00.000+0000',
      Trigger: {
        Namespace: 'AWS/DynamoDB',
        MetricName: 'WriteThrottleEvents',
        Dimensions: [{ name: 'TableName', value: 'prod-receipts' }],
      },
    }),
    LEDGER_TABLE: 'ledger',
    SERVICE_CACHE_TABLE: 'cache',
    ARTIFACTS_BUCKET: 'artifacts',
  };
  const run = promisify(execFile);
  const answers = await Promise.all(
    bundles.map((bundle) => run(process.execPath, ['--input-type=module', '-e', CALL, bundle], { env, cwd: directory })),
  );
  // Metrics are lines of JSON.
  const words = (stdout: string): string[] => stdout.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  return answers.flatMap(({ stdout }) => words(stdout)).sort();
}

it('runs without node_modules, and calls DynamoDB with the credentials of its environment', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    asked.push(`${request.headers['x-amz-target']} ${String(request.headers.authorization).slice(0, 30)}`);
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end('{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"Requested resource not found"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const answers = await callEach(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  server.close();
  expect(answers).toEqual([
    'preflight.table-missing The ledger table is missing.',
    'preflight.table-missing The ledger table is missing.',
    'preflight.table-missing The ledger table is missing.',
    'preflight.table-missing The ledger table is missing.',
    'preflight.table-missing The ledger table is missing.',
    'preflight.table-missing There is no table "prod-receipts".',
  ]);
  // The reconciler asks after every backfill and every table, whatever becomes of one.
  const calls = ['DescribeTable', 'GetItem', 'PutItem', 'Query'];
  expect([...new Set(asked)].sort()).toEqual(calls.map((action) => `DynamoDB_20120810.${action} AWS4-HMAC-SHA256 Credential=id`));
});
