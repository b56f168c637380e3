/** AWS's DynamoDB Local, in memory. Fetched once, into DYNAMODB_LOCAL_CACHE (or the user's cache folder); DYNAMODB_LOCAL_VERSION chooses another version. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { answers, BROKEN, Ended, UNAVAILABLE } from './command.mjs';

export const VERSION = process.env.DYNAMODB_LOCAL_VERSION ?? '2.6.1';
const CACHE = process.env.DYNAMODB_LOCAL_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'dynamodb-backfill');
const LAUNCHER = fileURLToPath(new URL('../DynamoDbLocal.java', import.meta.url));

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

/**
 * Starts it on a free port of the loopback. It ends by itself once its standard input is closed, as it also is when this process is killed.
 *
 * @param {{ shared: boolean }} options whether there is one database, or one for each access key and region
 * @returns {{ url: Promise<string>, stop: () => Promise<void> }}
 * @throws {Ended} 69 when Java or Maven is missing, 70 when it could not be fetched or started
 */
export function startDynamoDbLocal({ shared }) {
  // The launcher is compiled as it starts, which takes a JDK.
  if (!answers('java', '-version') || !answers('javac', '-version'))
    throw new Ended(UNAVAILABLE, 'skipped: no Java/Maven (java or javac is not there)');
  const libraries = fetched();
  const options = ['-cp', join(libraries, '*'), `-Dsqlite4java.library.path=${libraries}`, LAUNCHER];
  // The port stands for none: the launcher takes a free one.
  const arguments_ = ['-inMemory', ...(shared ? ['-sharedDb'] : []), '-disableTelemetry', '-port', '8000'];
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
