import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { drive } from '../../lib/cli/drive.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { writeItems } from '../../lib/local/seed.ts';
import { type Embedded, embedded } from '../support/embedded.ts';
import { openedOf, recordedScreen } from '../support/screens.ts';

let here: Embedded;
afterEach(() => here.close());

const small = { batchSize: 10, segments: 2 };
const production = { environment: 'production', embedded: false };
const confirmed = { ...small, confirm: 'YES', rehearsal: false };

/** Answers one kind of request in the database's stead. */
function answering(command: string, answer: () => object): void {
  here.dynamo.middlewareStack.add(
    (next, context) => async (args) =>
      context.commandName === command ? { response: {}, output: { $metadata: {}, ...answer() } as never } : next(args),
    { step: 'initialize' },
  );
}
const refusing = (command: string, message: string): void =>
  answering(command, () => {
    throw Object.assign(new Error(message), { name: 'AccessDeniedException' });
  });
const recovery = (PointInTimeRecoveryStatus: string): void =>
  answering('DescribeContinuousBackupsCommand', () => ({
    ContinuousBackupsDescription: { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus } },
  }));

const wardrobe = async (items = 30): Promise<void> => {
  here = await embedded({ backfill: 'wardrobe-normalize', wardrobe: items });
};

describe('recovery of a table in production', () => {
  test('that is off lets nothing be written, and says how to switch it on', async () => {
    await wardrobe();
    recovery('DISABLED');
    const { execution } = await here.run(confirmed, production);
    expect(execution).toMatchObject({
      status: 'failed',
      thrown: {
        code: 'preflight.pitr-off',
        remedy: expect.stringContaining(
          '`aws dynamodb update-continuous-backups --table-name wardrobe --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`',
        ),
      },
    });
    expect(await here.ports.ledger.listRuns('wardrobe-normalize', 10)).toEqual([]);

    const rehearsal = await here.run({ ...small, dryRun: true }, production);
    expect(rehearsal.run).toMatchObject({ status: 'complete', preflight: [{ code: 'preflight.pitr-off', severity: 'blocking' }] });
  });

  test('that cannot be asked after stops what would write', async () => {
    await wardrobe();
    refusing('DescribeContinuousBackupsCommand', 'not authorized to perform: dynamodb:DescribeContinuousBackups');
    const { execution, run } = await here.run(confirmed, production);
    expect(execution).toMatchObject({ status: 'failed', thrown: { code: 'preflight.pitr-unknown' } });
    expect(run).toBeUndefined();
  });

  test('is nobody’s business on a laptop', async () => {
    await wardrobe();
    const { run } = await here.run(small);
    expect(run).toMatchObject({ status: 'complete', preflight: [] });
  });
});

test.each(['ScanCommand', 'DescribeTableCommand'])(
  'a right that is missing, %s, is one clear line before there is a run',
  async (command) => {
    await wardrobe();
    const message = `User: someone is not authorized to perform: dynamodb:${command.replace('Command', '')} on resource: wardrobe`;
    refusing(command, message);
    const { execution } = await here.run(small);
    expect(execution).toMatchObject({ status: 'failed', error: 'table.access-denied', thrown: { message } });
    expect(await here.ports.ledger.listRuns('wardrobe-normalize', 10)).toEqual([]);
  },
);

describe('a provisioned table', () => {
  beforeEach(async () => {
    here = await embedded({ backfill: 'wardrobe-normalize', wardrobe: 30, createTable: false });
    await here.dynamo.send(
      new CreateTableCommand({
        TableName: 'wardrobe',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        ProvisionedThroughput: { ReadCapacityUnits: 7, WriteCapacityUnits: 3 },
      }),
    );
    await writeItems(here.dynamo, 'wardrobe', here.items);
  });

  const go = async (input: Record<string, unknown>, json = false) => {
    const { screen, out, err } = recordedScreen();
    const options = {
      machine: 'backfill' as const,
      backfill: 'wardrobe-normalize',
      input: { ...small, tolerate: 1, ...input },
      quiet: true,
      json,
    };
    const opened = openedOf(here);
    await drive(options, opened, screen);
    return { out: out(), err: err() };
  };
  const WARNING = 'The table "wardrobe" has 3 write units a second, and the run takes all of them';

  test('the run says what it will take of it before it begins', async () => {
    const { out, err } = await go({});
    expect(out).toContain('complete in');
    expect(err).toContain(`  ! preflight.capacity  ${WARNING}`);
    expect(err).toContain('    → Raise it for as long as the run goes: --raise-write-units');
    expect(out).not.toContain('preflight.capacity');
  });

  test('its rehearsal says so in its summary, too', async () => {
    const { out, err } = await go({ dryRun: true });
    for (const text of [out, err]) expect(text).toContain(`  ! preflight.capacity  ${WARNING}`);
  });

  test('for scripts it is in the record', async () => {
    const { out, err } = await go({}, true);
    expect(err).toBe('');
    expect((JSON.parse(out) as RunRecord).preflight).toMatchObject([{ code: 'preflight.capacity', severity: 'warning' }]);
  });
});

describe('an empty table', () => {
  test.each([{}, { dryRun: true }, { limit: 5 }])('has nothing to do: %j', async (input) => {
    await wardrobe(0);
    const { screen, out } = recordedScreen();
    const options = {
      machine: 'backfill' as const,
      backfill: 'wardrobe-normalize',
      input: { ...small, ...input },
      quiet: true,
      json: false,
    };
    expect(await drive(options, openedOf(here), screen)).toBe(0);
    expect(out()).toContain('Nothing to do: the table is empty.');
  });

  test('and its run nothing to undo', async () => {
    await wardrobe(0);
    const { run } = await here.run(small);
    const { screen, out } = recordedScreen();
    const input = { run: run?.runId };
    const options = { machine: 'rollback' as const, backfill: 'wardrobe-normalize', input, quiet: true, json: false };
    expect(await drive(options, openedOf(here), screen)).toBe(0);
    expect(out()).toContain('Nothing to do: that run changed nothing.');
  });
});
