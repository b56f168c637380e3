import { type Deployed, deployed, differing, forgetRehearsals, forgetRuns, nightlyInput, nightOf } from '../support/e2e.ts';
import { scanAll } from '../support/endpoint.ts';
import { expectedWardrobe } from '../support/expected-wardrobe.ts';

const NAME = 'wardrobe-normalize';

let here: Deployed;
beforeAll(async () => {
  here = await deployed();
  await forgetRuns(here, NAME);
});

test('a night is refused until this very code was rehearsed, and then it runs', async () => {
  const items = await here.seedWardrobe();
  await forgetRehearsals(here, NAME);
  const early = await here.run(NAME, await nightlyInput(NAME));
  expect(early).toMatchObject({ status: 'FAILED', error: 'rehearsal.required' });
  expect(early.cause).toContain('{"dryRun":true}');
  expect(differing(await scanAll(here.dynamo, 'wardrobe'), items)).toEqual([]);

  expect((await here.run(NAME, { dryRun: true })).status).toBe('SUCCEEDED');
  const execution = await nightOf(NAME);
  expect((await here.ended(execution)).status).toBe('SUCCEEDED');
  const run = await here.runOf(execution);
  expect(run).toMatchObject({ status: 'complete' });
  expect(differing(await scanAll(here.dynamo, 'wardrobe'), expectedWardrobe(items, run?.now ?? '').table.values())).toEqual([]);
});
