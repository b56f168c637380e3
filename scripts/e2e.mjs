/**
 * `node scripts/e2e.mjs [--repeat N] [JEST-ARGUMENT...]`: the end-to-end tests, each time on an emulator of AWS that is started for them:
 * MiniStack, with DynamoDB Local as its DynamoDB where Java and Maven are there (E2E_DYNAMODB=ministack: never), and a fake Places server.
 * Everything is stopped whatever happens. Stops repeating at the first time that is not green.
 *
 * Exits as jest does, with 69 when Python is missing, and with 70 when something could not be installed or started.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Ended, main, run, UNAVAILABLE, USAGE } from './emulators/command.mjs';
import { startDynamoDbLocal, VERSION } from './emulators/dynamodb-local.mjs';
import { startFront } from './emulators/front.mjs';
import { startMiniStack } from './emulators/ministack.mjs';

/** The sample whose places the fake server knows; `test/support/e2e.ts` seeds the same. */
const RECEIPTS = '600';

const JEST = ['node_modules/.bin/jest', '--config', 'jest.e2e.json', '--runInBand'];

async function startPlaces() {
  const module = ['--import', 'tsx', 'lib/local/places-server/main.ts'];
  const child = spawn(process.execPath, [...module, '--receipts', RECEIPTS, '--idle-seconds', '900'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), exited]);
  const stop = async () => {
    child.kill();
    await exited;
  };
  return { url: `http://127.0.0.1:${JSON.parse(line).port}`, stop };
}

/** `undefined`: not here. */
function dynamoDbLocal() {
  if (process.env.E2E_DYNAMODB === 'ministack') return undefined;
  try {
    return startDynamoDbLocal({ shared: false });
  } catch (error) {
    if (error instanceof Ended && error.code === UNAVAILABLE) return undefined;
    throw error;
  }
}

async function tested(args) {
  const stops = [];
  const kept = (service) => {
    stops.unshift(service.stop);
    return service;
  };
  const folder = mkdtempSync(join(tmpdir(), 'backfill-e2e-'));
  try {
    let emulator;
    const local = dynamoDbLocal();
    const places = kept(await startPlaces());
    const front = kept(await startFront({ local: local && (await kept(local).url), ministack: () => emulator.url }));
    // What the Lambdas inherit.
    const env = { AWS_ENDPOINT_URL: front.url, PLACES_BASE_URL: places.url };
    emulator = kept(await startMiniStack(env));
    console.error(`MiniStack ${emulator.version}, with ${local ? `DynamoDB Local ${VERSION}` : 'its own DynamoDB'}`);
    const own = { E2E_FOLDER: folder, ...(local && { E2E_TABLES_OF: emulator.url }) };
    return await run([...JEST, ...args], { ...emulator.env, ...env, ...own });
  } finally {
    for (const stop of stops) await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function repeats(args) {
  const at = args.indexOf('--repeat');
  if (at < 0) return { times: 1, rest: args };
  const times = Number(args[at + 1]);
  if (!Number.isSafeInteger(times) || times < 1) throw new Ended(USAGE, '--repeat must be a whole number from 1.');
  return { times, rest: args.toSpliced(at, 2) };
}

await main(async (args) => {
  const { times, rest } = repeats(args);
  for (let time = 1; time <= times; time += 1) {
    if (times > 1) console.error(`== ${time} of ${times}`);
    const code = await tested(rest);
    if (code !== 0) return code;
  }
  return 0;
});
