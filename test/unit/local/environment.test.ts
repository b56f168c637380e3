import { prices } from '../../../lib/core/prices.ts';
import { isCarriedLocally, localRuntime, localSettings, newExecution } from '../../../lib/local/environment.ts';
import type { EnvironmentName } from '../../../lib/workflow/configuration.ts';

/** Nothing is started: the database is said to be elsewhere. */
async function runtimeOf(environment: EnvironmentName, concurrency?: number) {
  const config = { tables: { receipts: 'mine' }, approve: 'manual' as const, prices: { writeUnits: 9 }, concurrency };
  const runtime = await localRuntime({ ...localSettings({}, environment, config), dynamoUrl: 'http://127.0.0.1:1' });
  runtime.dynamo.destroy();
  return runtime;
}

test('goes by the configuration', async () => {
  const runtime = await runtimeOf('staging');
  expect(runtime).toMatchObject({ environment: 'staging', embedded: true, approve: 'manual', prices: { ...prices, writeUnits: 9 } });
  expect(['receipts', 'wardrobe'].map(runtime.tableName)).toStrictEqual(['mine', 'wardrobe']);
});

test.each([
  ['local', undefined, 8],
  ['local', 200, 200],
  ['production', undefined, 8],
  ['production', 200, 8],
  ['production', 3, 3],
] as const)('in %s, with a concurrency of %s, %s segments are worked on at once', async (environment, configured, expected) => {
  expect((await runtimeOf(environment, configured)).concurrency).toBe(expected);
});

test('tells its own executions from those of Step Functions', () => {
  const { id, end } = newExecution();
  end();
  expect(isCarriedLocally({ execution: id })).toBe(true);
  expect(isCarriedLocally({ execution: 'arn:aws:states:eu-central-1:123456789012:execution:m:e' })).toBe(false);
});
