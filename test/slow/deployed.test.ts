import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { canonicalItem } from '../../lib/core/attribute-value.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { type Embedded, embedded } from '../support/embedded.ts';
import { command, FakeAws } from '../support/fake-aws.ts';

let here: Embedded;
let aws: FakeAws;

const begin = async (wardrobe = 120): Promise<void> => {
  here = await embedded({ backfill: 'wardrobe-normalize', wardrobe });
  aws = await new FakeAws(here).open();
};
afterEach(async () => {
  aws.close();
  await here.close();
});

const staging = (...args: string[]) => command(...args, '--environment', 'staging');
const RUN = ['run', 'wardrobe-normalize', '--no-backup', '--tolerate', '1', '--no-watch'];
const last = async (): Promise<RunRecord> => (await here.ports.ledger.listRuns('wardrobe-normalize', 1))[0] as RunRecord;

describe('a run on AWS', () => {
  test('is started there, followed to its end and summed up as a local one; its rollback brings the table back', async () => {
    await begin();
    const before = (await here.scanAll()).map(canonicalItem).sort();
    const ran = await staging(...RUN);
    const run = await last();
    expect(ran.code).toBe(0);
    expect(run).toMatchObject({ status: 'complete', environment: 'staging' });
    expect([...aws.executions.values()]).toMatchObject([
      { machine: 'backfill-wardrobe-normalize-staging', input: { backup: false, tolerate: 1, startedBy: 'Operator/alice (CLI)' } },
    ]);
    expect(ran.err).toContain(
      `execution https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/${run.owner.execution}`,
    );
    expect(ran.out).toContain(`✔ complete in`);
    expect(ran.out).toContain(`npx backfill rollback ${run.runId} -e staging`);
    expect((await here.ports.ledger.events(run.runId))[0]).toMatchObject({ what: 'start', who: 'Operator/alice (CLI)' });

    const reported = await staging('report');
    expect(reported.out).toContain(`s3://artifacts/journal/${run.runId}`);
    expect(reported.out).toContain(`#/v2/executions/details/${run.owner.execution}`);
    expect((await staging('runs')).out).toContain(`${run.runId}  wardrobe-normalize  complete`);
    expect((await staging('validate', 'wardrobe-normalize')).code).toBe(0);

    const undone = await staging('rollback', run.runId, '--no-watch');
    expect([undone.code, undone.err]).toEqual([0, expect.stringContaining('staging-rollback')]);
    expect((await here.scanAll()).map(canonicalItem).sort()).toEqual(before);
  });

  test('that stands still for an alarm is kept from going on by itself by a pause', async () => {
    await begin();
    await staging(...RUN);
    const { runId, epoch } = await last();
    const reason = { code: 'brake.throttled', message: 'Alarm x stands.' };
    await here.ports.ledger.updateRun(runId, epoch, { status: 'held', reason, finishedAt: null, proof: null });
    const paused = await staging('pause', runId, '--reason', 'not tonight');
    expect([paused.code, paused.out]).toEqual([0, expect.stringContaining('Paused by Operator/alice (CLI): not tonight')]);
    expect(await last()).toMatchObject({ status: 'held', epoch: epoch + 1, reason: { code: 'paused' } });
    const again = await staging('pause', runId);
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('it is held already')]);
  });

  test('that the machine refuses is told in its own words, with what to do', async () => {
    await begin();
    const refused = await staging('run', 'wardrobe-normalize', '--batch-size', 'many', '--no-watch');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('✖ option.invalid');
    expect(refused.err).toMatch(/The option "batchSize" .*cannot be "many".*\n {2}→ /);
  });

  test('is left by Ctrl-C, and goes on', async () => {
    await begin();
    aws.lingers = true;
    const left = staging(...RUN);
    while ((await last())?.status !== 'complete') await new Promise((done) => setTimeout(done, 20));
    // Seen once, it is known by name.
    await new Promise((done) => setTimeout(done, 1_500));
    process.emit('SIGINT');
    const { code, err } = await left;
    const { runId, status } = await last();
    expect(code).toBe(130);
    expect(status).toBe('complete');
    expect(err).toContain('the run goes on by itself');
    expect(err).toContain(`npx backfill monitor ${runId} --watch -e staging`);
    expect(err).toContain(`npx backfill pause ${runId} -e staging`);
    const { desired } = await here.ports.ledger.control(runId);
    expect(desired).toBe('run');
  });

  test('with --detach is only started: its id is all that is printed', async () => {
    await begin();
    aws.lingers = true;
    const { code, out } = await staging(...RUN, '--detach');
    expect([code, out]).toEqual([0, `${(await last()).runId}\n`]);
    aws.lingers = false;
    while ((await last()).status !== 'complete') await new Promise((done) => setTimeout(done, 20));
    while ([...aws.executions.values()].some(({ status }) => status === 'RUNNING')) await new Promise((done) => setTimeout(done, 20));
    const json = await staging('rollback', (await last()).runId, '--detach', '--json');
    const found = JSON.parse(json.out);
    expect(found).toEqual({
      runId: expect.stringMatching(/^\d{8}-/),
      execution: [...aws.executions.keys()][1],
      console: expect.stringContaining(found.execution),
    });
    while ([...aws.executions.values()].some(({ status }) => status === 'RUNNING')) await new Promise((done) => setTimeout(done, 20));
  });

  test('whose execution somebody stops is told to have been stopped, and is shown as interrupted', async () => {
    await begin();
    aws.lingers = true;
    const running = staging(...RUN);
    while ((await last())?.status !== 'complete') await new Promise((done) => setTimeout(done, 20));
    // As it stands when an execution is stopped: the ledger knows nothing of it.
    const { runId, epoch, owner } = await last();
    await here.ports.ledger.updateRun(runId, epoch, { status: 'running', finishedAt: null });
    aws.executions.set(owner.execution, { status: 'ABORTED', machine: '', input: {} });
    aws.lingers = false;
    const { code, err } = await running;
    expect(code).toBe(1);
    expect(err).toContain('Somebody has stopped the execution.');
    expect(err).toContain(`npx backfill resume ${runId} -e staging`);
    expect((await staging('runs')).out).toContain('interrupted');
  });

  /** A run that somebody has paused. */
  const held = async (): Promise<RunRecord> => {
    await staging(...RUN);
    const { runId, epoch, locks } = await last();
    const { ledger } = here.ports;
    await ledger.updateRun(runId, epoch, { status: 'held', reason: { code: 'paused', message: 'Paused by bob.' } });
    await ledger.takeLocks(runId, locks ?? []);
    return last();
  };

  test('that is held is carried on from any terminal, in another execution', async () => {
    await begin();
    const { runId } = await held();
    const refused = await staging('approve', runId, '--reason', 'looks well', '--no-watch');
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining(`npx backfill resume ${runId} -e staging`)]);
    const resumed = await staging('resume', runId, '--no-watch');
    expect([resumed.code, (await last()).status]).toEqual([0, 'complete']);
    expect(resumed.out).toContain(`run ${runId}`);
    expect([...aws.executions.values()].at(-1)?.input).toEqual({ resume: runId, startedBy: 'Operator/alice (CLI)' });
  });

  test('that meets the lock of another one tells of that one, not of itself; an end frees the lock', async () => {
    await begin();
    const { runId } = await held();
    const { code, err } = await staging(...RUN);
    expect([code, err]).toEqual([2, expect.stringContaining(`Run ${runId} of wardrobe-normalize is held`)]);
    expect(err).not.toContain('What was done is kept');
    expect((await last()).runId).toBe(runId);
    expect((await staging('abort', runId)).code).toBe(0);
    expect((await staging(...RUN)).code).toBe(0);
  });
});

describe('before anything is started', () => {
  test('access denied names the action', async () => {
    await begin();
    const message =
      'User: arn:aws:sts::111122223333:assumed-role/Reader/bob is not authorized to perform: states:StartExecution on resource: x';
    aws.sfn.on(StartExecutionCommand).rejects(Object.assign(new Error(message), { name: 'AccessDeniedException' }));
    const { code, err } = await staging(...RUN);
    expect(code).toBe(2);
    expect(err).toContain('✖ environment.access-denied');
    expect(err).toContain('states:StartExecution');
  });

  test('code that differs from what was deployed is told; another version is not run by its name', async () => {
    await begin();
    const own = aws.deployed.backfills['wardrobe-normalize'] as FakeAws['deployed']['backfills'][string];
    aws.deployed.backfills['wardrobe-normalize'] = { ...own, digest: 'other' };
    const warned = await staging(...RUN, '--dry-run');
    expect([warned.code, warned.err]).toEqual([0, expect.stringContaining('staging was deployed with other code of wardrobe-normalize')]);
    aws.deployed.backfills['wardrobe-normalize'] = { ...own, version: '0.9' };
    const refused = await staging(...RUN);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('environment.other-version');
    expect(refused.err).toContain('npx cdk deploy --all -c environment=staging');
    expect(aws.executions.size).toBe(1);
  });

  test('a backfill that was not deployed is not there to run', async () => {
    await begin();
    delete aws.deployed.backfills['wardrobe-normalize'];
    const { code, err } = await staging(...RUN);
    expect([code, err]).toEqual([2, expect.stringContaining('has no backfill "wardrobe-normalize"')]);
    expect(aws.sfn.commandCalls(StartExecutionCommand)).toHaveLength(0);
  });

  test('an environment that is not deployed, and credentials that have expired, are said so', async () => {
    await begin();
    const nowhere = await command('list', '--environment', 'production');
    expect(nowhere.code).toBe(2);
    expect(nowhere.err).toContain('✖ environment.not-deployed');
    for (const word of ['backfill-production-runner', '111122223333', 'eu-central-1', 'npx cdk deploy --all -c environment=production'])
      expect(nowhere.err).toContain(word);
    aws.sts
      .on(GetCallerIdentityCommand)
      .rejects(Object.assign(new Error('The security token included in the request is expired'), { name: 'ExpiredToken' }));
    const expired = await staging('runs');
    expect([expired.code, expired.err]).toEqual([2, expect.stringContaining('have expired')]);
  });

  test('the embedded database, and --detach on this machine, are refused', async () => {
    await begin();
    expect((await staging('local', 'start')).err).toContain('environment.unsupported');
  });
});

describe('a run whose definition was removed', () => {
  test('is shown from the ledger; it cannot be carried on or undone, and can be ended, with its locks', async () => {
    await begin();
    await staging(...RUN, '--limit', '10');
    const { ledger } = here.ports;
    const template = await last();
    const gone: RunRecord = {
      ...template,
      runId: '20990101-000000-gone',
      backfill: 'old-cleanup',
      status: 'held',
      reason: { code: 'paused', message: 'Paused by alice.' },
      table: 'attic',
      locks: ['staging/backfill/old-cleanup', 'staging/table/attic/dust'],
    };
    await ledger.createRun(gone, gone.locks ?? []);
    await expect(ledger.takeLocks('another', ['staging/table/attic/dust'])).rejects.toMatchObject({ code: 'lock.held' });

    expect((await staging('runs')).out).toMatch(/20990101-000000-gone +old-cleanup +held/);
    expect((await staging('runs', 'old-cleanup')).out).toContain('20990101-000000-gone');
    const shown = await staging('monitor', gone.runId);
    expect([shown.code, shown.out]).toEqual([0, expect.stringContaining('old-cleanup')]);
    const reported = await staging('report', gone.runId);
    expect([reported.code, reported.out]).toEqual([0, expect.stringContaining('Paused by alice.')]);

    for (const args of [['resume'], ['rollback'], ['retry'], ['approve', '--reason', 'yes'], ['validate']]) {
      const [name = '', ...rest] = args;
      const { code, err } = await staging(name, gone.runId, ...rest);
      expect([name, code, err]).toEqual([name, 2, expect.stringContaining('backfill.removed')]);
      expect(err).toContain(`npx backfill abort ${gone.runId} -e staging`);
    }
    const byName = await staging('validate', 'old-cleanup');
    expect([byName.code, byName.err]).toEqual([2, expect.stringContaining('backfill.removed')]);

    const ended = await staging('abort', gone.runId, '--reason', 'its definition is gone');
    expect([ended.code, ended.out]).toEqual([0, expect.stringContaining('aborted')]);
    expect((await ledger.getRun(gone.runId))?.status).toBe('aborted');
    await ledger.takeLocks('another', ['staging/table/attic/dust', 'staging/backfill/old-cleanup']);
  });
});
