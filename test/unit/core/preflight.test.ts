import type { AnyDefinition } from '../../../lib/core/definition.ts';
import { remedies } from '../../../lib/core/error-codes.ts';
import type { Ports, TableFacts, TableSurvey } from '../../../lib/core/ports.ts';
import { inspect, type PreflightOptions, preflight, requireTable } from '../../../lib/core/preflight.ts';
import type { Finding, RunRecord } from '../../../lib/core/records/run.ts';
import { memoryWorld, runRecord, surveyOf, type World } from '../../support/memory-ports.ts';
import { doubling, making, thing } from '../../support/thing-definitions.ts';

const definition: AnyDefinition = { ...making, requires: { indexes: [{ name: 'G', key: ['p', 's'] }] } };
const index = { name: 'G', status: 'ACTIVE', key: ['p', 's'], projection: 'ALL' };
const FACTS: TableFacts = { name: 'prod-things', status: 'ACTIVE', key: ['id'], indexes: [index], keyTypes: { id: 'S', p: 'N' } };

interface Table {
  facts?: Partial<TableFacts>;
  survey?: Partial<TableSurvey>;
  items?: number;
  ports?: Partial<Ports>;
}

function worldOf({ facts = {}, survey = {}, items = 3, ports = {} }: Table = {}): World {
  const tableFacts = { ...FACTS, ...facts };
  const world = memoryWorld({
    definition,
    items: Array.from({ length: items }, (_, n) => thing(`t${n}`, n)),
    facts: tableFacts,
  });
  const { inspector } = world.ports;
  Object.assign(world.ports, { inspector: { ...inspector, survey: async () => surveyOf(tableFacts, survey) } }, ports);
  return world;
}

const look = (table: Table = {}, options: Partial<PreflightOptions> = {}) =>
  preflight(worldOf(table).ports, { purpose: 'write', enrich: true, ...options });

const PITR_ON =
  'Switch it on: `aws dynamodb update-continuous-backups --table-name prod-things --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`.';

test('a table that has all that is needed: its facts, how many items it holds, nothing to remark', async () => {
  expect(await look()).toStrictEqual({ facts: FACTS, items: 3, bytes: null, findings: [] });
});

describe('the shape of the table', () => {
  const defects: [string, Partial<TableFacts>][] = [
    ['preflight.table-not-active', { status: 'UPDATING' }],
    ['preflight.key-mismatch', { key: ['id', 'at'] }],
    ['preflight.index-missing', { indexes: [{ ...index, name: 'H' }] }],
    ['preflight.index-mismatch', { indexes: [{ ...index, key: ['s', 'p'] }] }],
    ['preflight.index-mismatch', { indexes: [{ ...index, projection: 'KEYS_ONLY' }] }],
    ['preflight.index-not-active', { indexes: [{ ...index, status: 'CREATING' }] }],
  ];

  test.each(defects)('%s for %j, whatever it is wanted for', async (code, facts) => {
    for (const purpose of ['write', 'rehearse', 'undo'] as const)
      await expect(look({ facts }, { purpose })).rejects.toMatchObject({ code, details: { table: 'prod-things' } });
    await expect(requireTable(worldOf({ facts }).ports)).rejects.toMatchObject({ code, details: { table: 'prod-things' } });
  });

  test.each(defects)('%s for %j: the remedy of the embedded table, or the command for one on AWS', async (code, facts) => {
    await expect(look({ facts })).rejects.toMatchObject({ remedy: remedies[code as keyof typeof remedies] });
    if (code === 'preflight.key-mismatch') return;
    await expect(look({ facts, ports: { embedded: false } })).rejects.toMatchObject({
      remedy: expect.stringMatching(/`aws dynamodb [a-z -]+ --table-name prod-things/),
    });
  });

  test('an index is made with the types and the capacity of its table', async () => {
    const survey = { provisioned: { read: 7, write: 5, indexes: {} } };
    await expect(look({ facts: { indexes: [] }, survey, ports: { embedded: false } })).rejects.toMatchObject({
      remedy: expect.stringContaining(
        `\`aws dynamodb update-table --table-name prod-things --attribute-definitions AttributeName=p,AttributeType=N AttributeName=s,AttributeType=S --global-secondary-index-updates '[{"Create":{"IndexName":"G","KeySchema":[{"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"},"ProvisionedThroughput":{"ReadCapacityUnits":7,"WriteCapacityUnits":5}}}]'\``,
      ),
    });
  });

  test('a table that is not there', async () => {
    const inspector = {
      table: 'prod-things',
      describe: async () => undefined,
      survey: async () => undefined,
      estimateItems: async () => null,
      hash: async () => '0',
    };
    const missing = { code: 'preflight.table-missing', message: 'There is no table "prod-things".', details: { table: 'prod-things' } };
    const remedyWhere = async (embedded: boolean) => (await look({ ports: { inspector, embedded } }).catch((error) => error)).remedy;
    expect(await remedyWhere(true)).toContain('local seed');
    expect(await remedyWhere(false)).toContain('correct its name under `tables` of the environment in cdk.json');
    await expect(look({ ports: { inspector } })).rejects.toMatchObject(missing);
    await expect(requireTable(worldOf({ ports: { inspector } }).ports)).rejects.toMatchObject(missing);
  });

  test('several defects are named together, the first with its code', async () => {
    const facts = { key: ['at'], indexes: [] };
    const survey = { pointInTimeRecovery: false };
    await expect(look({ facts, survey, ports: { environment: 'production' } })).rejects.toMatchObject({
      code: 'preflight.key-mismatch',
      message:
        'The table "prod-things" has the key at; making needs id. Also preflight.index-missing: The table "prod-things" has no index G. Also preflight.pitr-off: Point-in-time recovery of the table "prod-things" is off.',
      remedy: expect.stringContaining(PITR_ON),
      details: {
        blocking: [{ code: 'preflight.key-mismatch' }, { code: 'preflight.index-missing' }, { code: 'preflight.pitr-off' }],
      },
    });
  });

  test('of one that is not ACTIVE nothing is read', async () => {
    const source = {
      readPage: async () => {
        throw new Error('read');
      },
    };
    await expect(look({ facts: { status: 'CREATING' }, ports: { source } })).rejects.toMatchObject({ code: 'preflight.table-not-active' });
  });
});

test('a right to read that is missing is met before anything begins', async () => {
  const denied = Object.assign(new Error('not authorized to perform: dynamodb:Scan'), { code: 'table.access-denied' });
  const source = { readPage: () => Promise.reject(denied) };
  for (const purpose of ['write', 'rehearse'] as const) await expect(look({ ports: { source } }, { purpose })).rejects.toBe(denied);
});

test('the service’s key is asked for only where the run enriches, and the table is good', async () => {
  const service = async () => {
    throw new Error('no key');
  };
  await expect(look({ ports: { service } })).rejects.toThrow('no key');
  await expect(look({ ports: { service } }, { enrich: false })).resolves.toMatchObject({ findings: [] });
  await expect(look({ ports: { service }, facts: { indexes: [] } })).rejects.toMatchObject({ code: 'preflight.index-missing' });
});

describe('findings', () => {
  const findings = async (
    survey: Partial<TableSurvey>,
    options: Partial<PreflightOptions> = {},
    environment = 'production',
    change: Partial<AnyDefinition> = {},
  ): Promise<Finding[]> => {
    const { ports } = worldOf({ ports: { environment, embedded: environment === 'local', definition: { ...definition, ...change } } });
    return inspect(ports, surveyOf(FACTS, survey), { purpose: 'write', enrich: false, writes: 20_000, ...options });
  };
  const messages = async (...args: Parameters<typeof findings>): Promise<string[]> =>
    (await findings(...args)).map(({ severity, code, message }) => `${severity} ${code}: ${message}`);

  test('none on a table on which nothing is to be remarked', async () => {
    expect(await findings({})).toStrictEqual([]);
  });

  test.each([
    ['production', 'write', 'blocking'],
    ['production', 'rehearse', 'blocking'],
    ['production', 'undo', 'warning'],
    ['staging', 'write', 'warning'],
    ['development', 'write', 'warning'],
  ] as const)('recovery that is off, in %s, to %s: %s', async (environment, purpose, severity) => {
    expect(await findings({ pointInTimeRecovery: false }, { purpose }, environment)).toStrictEqual([
      {
        code: 'preflight.pitr-off',
        severity,
        message: 'Point-in-time recovery of the table "prod-things" is off.',
        remedy: PITR_ON,
      },
    ]);
  });

  test('recovery that could not be found out stops production, and is worth a warning elsewhere, but not on a laptop', async () => {
    for (const environment of ['development', 'staging', 'production'])
      expect(await findings({ pointInTimeRecovery: null }, {}, environment)).toMatchObject([
        {
          code: 'preflight.pitr-unknown',
          severity: environment === 'production' ? 'blocking' : 'warning',
          remedy: expect.stringContaining('`aws dynamodb describe-continuous-backups --table-name prod-things`'),
        },
      ]);
    expect(await findings({ pointInTimeRecovery: null }, {}, 'local')).toStrictEqual([]);
    const practice = worldOf({ ports: { environment: 'production', embedded: true } });
    const unknown = surveyOf(FACTS, { pointInTimeRecovery: null });
    expect(await inspect(practice.ports, unknown, { purpose: 'write', enrich: false })).toStrictEqual([]);
    expect(await findings({ pointInTimeRecovery: false }, {}, 'local')).toStrictEqual([]);
  });

  test('a stream: how many changes, of which view', async () => {
    const stream = 'NEW_AND_OLD_IMAGES';
    expect(await findings({ stream })).toStrictEqual([
      {
        code: 'preflight.stream-enabled',
        severity: 'warning',
        message:
          'Up to 20,000 changes will go through the stream of the table "prod-things" (NEW_AND_OLD_IMAGES) and wake whoever reads it.',
        remedy:
          'See who reads it, and that they bear it: `aws lambda list-event-source-mappings --event-source-arn $(aws dynamodb describe-table --table-name prod-things --query Table.LatestStreamArn --output text)`.',
      },
    ]);
    expect(await messages({ stream }, { writes: null })).toStrictEqual([
      'warning preflight.stream-enabled: Every change will go through the stream of the table "prod-things" (NEW_AND_OLD_IMAGES) and wake whoever reads it.',
    ]);
  });

  test('expiry: by which attribute, and whether the run writes it', async () => {
    expect(await findings({ ttl: 'expires' })).toMatchObject([
      {
        code: 'preflight.ttl-enabled',
        severity: 'warning',
        message: expect.stringMatching(/expire by their attribute "expires": .* no rollback brings it back\.$/),
        remedy:
          'To let nothing expire until the run is over: `aws dynamodb update-time-to-live --table-name prod-things --time-to-live-specification Enabled=false,AttributeName=expires`.',
      },
    ]);
    expect(await findings({ ttl: 'expires' }, {}, 'production', { writes: ['expires'] })).toMatchObject([
      { message: expect.stringMatching(/The run itself writes that attribute\.$/) },
    ]);
    expect(await findings({ ttl: null })).toStrictEqual([]);
  });

  test.each([
    [['eu-west-1'], 'another region (eu-west-1), at 2 times the price.'],
    [['ap-east-1', 'eu-west-1'], '2 other regions (ap-east-1, eu-west-1), at 3 times the price.'],
  ])('replicas %j', async (replicas, text) => {
    expect(await messages({ replicas })).toStrictEqual([
      `warning preflight.replicas: Up to 20,000 writes to the table "prod-things" will be replicated to ${text}`,
    ]);
  });

  describe('capacity', () => {
    const provisioned = { read: 10, write: 5, indexes: {} };

    test('of a provisioned table: what the run takes, how long it takes, and how to raise it', async () => {
      expect(await findings({ provisioned })).toStrictEqual([
        {
          code: 'preflight.capacity',
          severity: 'warning',
          // 20,000 writes of one unit at 5 a second.
          message:
            'The table "prod-things" has 5 write units a second, and the run takes all of them: up to 20,000 items to write take at least 1 h 6 min if all are written.',
          remedy:
            'Raise it for as long as the run goes: --raise-write-units 10 (in the input "raiseWriteUnits":10); or for good: `aws dynamodb update-table --table-name prod-things --provisioned-throughput ReadCapacityUnits=10,WriteCapacityUnits=10`.',
        },
      ]);
    });

    test('by the size of an average item: 2,500 bytes are three units', async () => {
      const [first] = await messages({ provisioned, items: 100, bytes: 250_000 }, { writes: 1_000 });
      expect(first).toContain('up to 1,000 items to write take at least 10 min 0 s');
    });

    test('an index that has less is full before its table', async () => {
      const indexes = { G: { read: 1, write: 4 }, H: { read: 1, write: 2 }, I: { read: 1, write: 5 } };
      const [first] = await messages({ provisioned: { ...provisioned, indexes } });
      expect(first).toMatch(/ Its index H has only 2, and is full before it\.$/);
    });

    test('the capacity that is suggested does it in about an hour', async () => {
      const [finding] = await findings({ provisioned }, { writes: 3_600_000 });
      expect(finding?.remedy).toContain('--raise-write-units 1000 ');
      const [most] = await findings({ provisioned }, { writes: 3_600_000_000 });
      expect(most?.remedy).toContain('--raise-write-units 40000 ');
    });

    test('is said without a time where nobody knows how many items there are', async () => {
      expect(await messages({ provisioned }, { writes: null })).toStrictEqual([
        'warning preflight.capacity: The table "prod-things" has 5 write units a second, and the run takes all of them.',
      ]);
    });

    test('that the run raises is no warning', async () => {
      expect(await messages({ provisioned }, { raiseWriteUnits: 100 })).toStrictEqual([
        'info preflight.capacity: The run raises the table "prod-things" from 5 to 100 write units a second: up to 20,000 items to write take at least 3 min 20 s if all are written.',
      ]);
      expect(await findings({ provisioned }, { raiseWriteUnits: 5 })).toMatchObject([{ severity: 'warning' }]);
    });

    test('on demand, only how long what it is ready for would take', async () => {
      const warm = { read: 12_000, write: 4_000 };
      expect(await messages({ warm })).toStrictEqual([
        'info preflight.capacity: The table "prod-things" is billed on demand and ready for 4,000 write units a second: up to 20,000 items to write take at least 5 s if all are written.',
      ]);
      expect((await messages({ warm }, { raiseWriteUnits: 10_000 }))[0]).toContain('10,000 write units a second');
      expect(await findings({ warm }, { writes: null })).toStrictEqual([]);
    });
  });

  test('nothing is woken where nothing is written', async () => {
    const all = { stream: 'KEYS_ONLY', ttl: 'expires', replicas: ['eu-west-1'], provisioned: { read: 1, write: 1, indexes: {} } };
    expect(await findings(all, { writes: 0 })).toStrictEqual([]);
    expect((await findings(all, { writes: 1 })).map(({ code }) => code)).toStrictEqual([
      'preflight.stream-enabled',
      'preflight.ttl-enabled',
      'preflight.replicas',
      'preflight.capacity',
    ]);
  });

  test('what blocks comes first', async () => {
    const { ports } = worldOf({ ports: { environment: 'production' } });
    const survey = surveyOf({ ...FACTS, indexes: [] }, { stream: 'KEYS_ONLY', pointInTimeRecovery: false });
    const all = await inspect(ports, survey, { purpose: 'write', enrich: false });
    expect(all.map(({ severity }) => severity)).toStrictEqual(['blocking', 'blocking', 'warning']);
  });
});

describe('how many items are to be written', () => {
  const survey = { stream: 'KEYS_ONLY' };
  const message = async (items: number, options: Partial<PreflightOptions> = {}): Promise<string | undefined> =>
    (await look({ items, survey }, options)).findings[0]?.message.slice(0, 19);

  test.each<[string, number, Partial<PreflightOptions>, string | undefined]>([
    ['all there are', 3, {}, 'Up to 3 changes wil'],
    ['no more than the limit', 3, { limit: 2 }, 'Up to 2 changes wil'],
    ['a limit above them', 3, { limit: 9 }, 'Up to 3 changes wil'],
    ['a number that is given', 3, { writes: 1 }, 'Up to 1 change will'],
    ['none of an empty table', 0, {}, undefined],
    ['a limit, where nobody knows', 3, { writes: null, limit: 7 }, 'Up to 7 changes wil'],
    ['nobody knows', 3, { writes: null }, 'Every change will g'],
  ])('%s', async (_, items, options, expected) => {
    expect(await message(items, options)).toBe(expected);
  });
});

describe('recovery that is off in production', () => {
  const off: Table = { survey: { pointInTimeRecovery: false }, ports: { environment: 'production' } };

  test('blocks what writes', async () => {
    await expect(look(off)).rejects.toMatchObject({ code: 'preflight.pitr-off', remedy: PITR_ON });
  });

  test('is told to a rehearsal, and does not stop it', async () => {
    expect((await look(off, { purpose: 'rehearse' })).findings).toMatchObject([{ code: 'preflight.pitr-off', severity: 'blocking' }]);
  });

  test('stops no rollback', async () => {
    expect((await look(off, { purpose: 'undo', writes: 2 })).findings).toMatchObject([{ severity: 'warning' }]);
  });
});

describe('other runs on the same table', () => {
  const sizing: AnyDefinition = { ...doubling, name: 'sizing' };
  const elsewhere: AnyDefinition = { ...doubling, name: 'elsewhere', source: { ...doubling.source, table: 'others' } };
  const withRun = (change: Partial<RunRecord>, of: AnyDefinition = sizing) => {
    const world = worldOf({ ports: { definitions: [definition, sizing, elsewhere] } });
    world.ledger.runs.clear();
    world.ledger.runs.set('r1', { ...runRecord(of), runId: 'r1', ...change });
    return preflight(world.ports, { purpose: 'write', enrich: false }).then(({ findings }) => findings);
  };

  test('are named, with what can be done', async () => {
    expect(await withRun({ status: 'running' })).toStrictEqual([
      {
        code: 'preflight.other-run',
        severity: 'warning',
        message: 'Run r1 of sizing is running on the same table, things: it has attributes of its own, but the same capacity.',
        remedy: 'Wait for its end (`npx backfill monitor r1 --watch`), or let it stand still meanwhile: `npx backfill pause r1`.',
      },
    ]);
    expect(await withRun({ status: 'held' })).toMatchObject([{ remedy: expect.stringContaining('`npx backfill report r1`') }]);
    const rollback = { of: 'r0', was: 'complete' as const, wasUndoneBy: null, skipDamaged: false };
    expect(await withRun({ rollback })).toMatchObject([{ message: expect.stringMatching(/^Rollback r1 of sizing is running/) }]);
  });

  test.each<[string, Partial<RunRecord>, AnyDefinition]>([
    ['one that has ended', { status: 'complete' }, sizing],
    ['one in another environment', { environment: 'staging' }, sizing],
    ['a rehearsal', { options: runRecord(sizing, { dryRun: true }).options }, sizing],
    ['one of its own, which the lock keeps apart', {}, definition],
    ['one on another table', {}, elsewhere],
  ])('not %s', async (_, change, of) => {
    expect(await withRun(change, of)).toStrictEqual([]);
  });
});

describe('alarms that stand on the table', () => {
  const NOW = Date.parse('2026-11-21T12:00:00Z');
  const withAlarm = (table: string, minutesAgo: number, purpose: PreflightOptions['purpose'] = 'write') => {
    const world = worldOf();
    const since = new Date(NOW - minutesAgo * 60_000).toISOString();
    world.ledger.setBrake(table, { alarm: 'writes', reason: 'too many', since, by: 'test' });
    return preflight(world.ports, { purpose, enrich: false }).then(({ findings }) => findings);
  };

  test.each(['write', 'rehearse', 'undo'] as const)('are a warning, and keep nobody from a start: %s', async (purpose) => {
    expect(await withAlarm('prod-things', 5, purpose)).toStrictEqual([
      {
        code: 'preflight.throttled',
        severity: 'warning',
        message: 'Alarm writes stands on prod-things since 2026-11-21T11:55:00.000Z: too many',
        remedy: remedies['preflight.throttled'],
      },
    ]);
  });

  test('not those of another table, nor one that nobody has called over for a day', async () => {
    expect(await withAlarm('things', 5)).toStrictEqual([]);
    expect(await withAlarm('prod-things', 24 * 60)).toStrictEqual([]);
  });
});
