/**
 * `node scripts/dynamodb-local.mjs COMMAND [ARGUMENT...]`: runs a command beside AWS's DynamoDB Local, in memory, on a free port of the
 * loopback, which the command finds in `AWS_ENDPOINT_URL_DYNAMODB`. Stops it whatever happens, and exits as the command did.
 *
 * Exits with 69 when Java or Maven is missing, and with 70 when DynamoDB Local could not be fetched or started.
 * It is fetched once, into DYNAMODB_LOCAL_CACHE (or the user's cache folder); DYNAMODB_LOCAL_VERSION chooses another version.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const VERSION = process.env.DYNAMODB_LOCAL_VERSION ?? '2.6.1';
const CACHE = process.env.DYNAMODB_LOCAL_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'dynamodb-backfill');
const LAUNCHER = fileURLToPath(new URL('DynamoDbLocal.java', import.meta.url));

const USAGE = 2;
const UNAVAILABLE = 69;
const BROKEN = 70;
const FETCH_MS = 300_000;
const START_MS = 60_000;

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>dynamodb-local</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>com.amazonaws</groupId>
      <artifactId>DynamoDBLocal</artifactId>
      <version>${VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

class Ended extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const answers = (program, argument) => spawnSync(program, [argument], { stdio: 'ignore' }).status === 0;

/** Its libraries appear in the cache whole or not at all. */
function fetched() {
  const folder = join(CACHE, `dynamodb-local-${VERSION}`);
  if (existsSync(folder)) return folder;
  if (!answers('mvn', '-version')) throw new Ended(UNAVAILABLE, 'skipped: no Java/Maven (mvn is not there)');
  mkdirSync(CACHE, { recursive: true });
  const aside = mkdtempSync(join(CACHE, '.fetching-'));
  try {
    writeFileSync(join(aside, 'pom.xml'), pom);
    const goal = ['-B', '-q', 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(aside, 'lib')}`];
    const { status, stdout } = spawnSync('mvn', goal, { cwd: aside, encoding: 'utf8', timeout: FETCH_MS });
    if (status !== 0) throw new Ended(BROKEN, `Maven could not fetch DynamoDB Local ${VERSION}:\n${stdout}`);
    if (!existsSync(folder)) renameSync(join(aside, 'lib'), folder);
    return folder;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** Ends by itself once its standard input is closed, as it also is when this process is killed. */
function start(libraries) {
  const options = ['-cp', join(libraries, '*'), `-Dsqlite4java.library.path=${libraries}`, LAUNCHER];
  // The port stands for none: the launcher takes a free one.
  const arguments_ = ['-inMemory', '-sharedDb', '-disableTelemetry', '-port', '8000'];
  const java = spawn('java', [...options, ...arguments_], { stdio: ['pipe', 'pipe', 'pipe'] });
  java.stdin.on('error', () => undefined);
  let said = '';
  const url = new Promise((resolve, reject) => {
    const fail = (why) => reject(new Ended(BROKEN, `DynamoDB Local ${why}:\n${said}`));
    const late = setTimeout(() => fail(`did not start within ${START_MS / 1000} s`), START_MS);
    late.unref();
    java.on('error', () => fail('could not be started'));
    java.on('exit', (code) => fail(`ended with ${code}`));
    for (const stream of [java.stdout, java.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        const [, port] = /^PORT (\d+)$/.exec(line) ?? [];
        if (port) resolve(`http://127.0.0.1:${port}`);
        else said = `${said}${line}\n`.slice(-10_000);
      });
    }
  });
  const ended = new Promise((resolve) => {
    java.on('close', resolve);
    java.on('error', resolve);
  });
  const stop = async () => {
    java.stdin.end();
    const late = setTimeout(() => java.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(late);
  };
  return { url, stop };
}

function run([command, ...args], url) {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_DYNAMODB: url,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: 'us-east-1',
  };
  const child = spawn(command, args, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Ended(127, `${command} could not be started: ${error.message}`)));
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

async function main(command) {
  if (command.length === 0) throw new Ended(USAGE, `usage: node ${join('scripts', 'dynamodb-local.mjs')} COMMAND [ARGUMENT...]`);
  // The launcher is compiled as it starts, which takes a JDK.
  if (!answers('java', '-version') || !answers('javac', '-version'))
    throw new Ended(UNAVAILABLE, 'skipped: no Java/Maven (java or javac is not there)');
  const server = start(fetched());
  try {
    const url = await server.url;
    console.error(`DynamoDB Local ${VERSION} at ${url}`);
    return await run(command, url);
  } finally {
    await server.stop();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Ended)) throw error;
  console.error(error.message);
  process.exitCode = error.code;
}
