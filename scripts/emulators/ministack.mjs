/**
 * MiniStack, an emulator of AWS from PyPI, with its state in a temporary folder that goes when it stops.
 * Installed once, the newest or E2E_MINISTACK_VERSION, into a virtual environment under `.e2e/`, which may be deleted to have it anew.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { answers, BROKEN, Ended, UNAVAILABLE, withoutAws } from './command.mjs';

const CACHE = fileURLToPath(new URL('../../.e2e/', import.meta.url));
const WANTED = process.env.E2E_MINISTACK_VERSION;

/** Of its root; MiniStack takes an access key of twelve digits for that of an account. */
const ACCOUNT = '111122223333';

const INSTALL_MS = 300_000;
const START_MS = 60_000;
const STOP_MS = 10_000;
const POLL_MS = 50;

/** Python ends with 0 if it can make virtual environments, and is new enough. */
const ABLE = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';

/** Ends the whole process group, the Lambdas included, once standard input is closed, as it also is when whoever started it is killed. */
const LAUNCHER = `
import os, signal, sys, threading
def watch():
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=watch, daemon=True).start()
from ministack.app import main
sys.argv = ["ministack"]
main()
`;

/** The virtual environment appears whole or not at all. */
function installed() {
  const folder = join(CACHE, `ministack-${WANTED ?? 'newest'}`);
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  const found = ['python3', 'python'].find((name) => answers(name, '-c', ABLE));
  if (!found) throw new Ended(UNAVAILABLE, 'skipped: no Python (3.10 or newer, with venv and pip) is there to run MiniStack');
  mkdirSync(CACHE, { recursive: true });
  const aside = mkdtempSync(join(CACHE, 'installing-'));
  const step = (command, ...args) => {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: INSTALL_MS });
    if (status !== 0) throw new Ended(BROKEN, `MiniStack could not be installed:\n${stdout}${stderr}`);
  };
  try {
    step(found, '-m', 'venv', aside);
    step(
      join(aside, 'bin', 'python'),
      '-m',
      'pip',
      'install',
      '-q',
      '--disable-pip-version-check',
      WANTED ? `ministack==${WANTED}` : 'ministack',
    );
    if (!existsSync(folder)) renameSync(aside, folder);
    return python;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** Another process could take it before MiniStack does, which then says so. */
const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/**
 * Starts it on a free port of the loopback. Its Lambdas are processes of Node that inherit `env`; it enforces IAM.
 *
 * @param {Record<string, string>} env
 * @returns {Promise<{ url: string, version: string, env: Record<string, string>, stop: () => Promise<void> }>}
 * @throws {Ended} 69 when Python is missing, 70 when MiniStack could not be installed or started
 */
export async function startMiniStack(env = {}) {
  const python = installed();
  const version = spawnSync(python, ['-c', 'import importlib.metadata as m; print(m.version("ministack"))'], {
    encoding: 'utf8',
  }).stdout.trim();
  const folder = mkdtempSync(join(tmpdir(), 'ministack-'));
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(folder, 'log');
  const own = {
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    MINISTACK_HOST: '127.0.0.1',
    STATE_DIR: join(folder, 'state'),
    S3_DATA_DIR: join(folder, 's3'),
    TMPDIR: temporary,
    PERSIST_STATE: '0',
    LAMBDA_EXECUTOR: 'local',
    AUTH: 'true',
  };
  // Detached: a process group of its own, so that its Lambdas go with it.
  const child = spawn(python, ['-c', LAUNCHER], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...withoutAws(), ...env, ...own },
  });
  const log = createWriteStream(logFile);
  for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
  child.stdin.on('error', () => undefined);
  const exited = new Promise((resolve) => {
    child.on('exit', resolve);
    child.on('error', resolve);
  });
  const stop = async () => {
    child.stdin.end();
    if ((await Promise.race([exited, sleep(STOP_MS, 'late', { ref: false })])) === 'late') process.kill(-child.pid, 'SIGKILL');
    await exited;
    log.end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  for (let waited = 0; waited < START_MS; waited += POLL_MS) {
    const healthy = await fetch(`${url}/_ministack/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (healthy)
      return {
        url,
        version,
        // What a client needs to reach it, and a test to find its Lambdas.
        env: {
          AWS_ENDPOINT_URL: url,
          AWS_ACCESS_KEY_ID: ACCOUNT,
          AWS_SECRET_ACCESS_KEY: 'none',
          AWS_REGION: 'us-east-1',
          MINISTACK_PID: String(child.pid),
          MINISTACK_LOG: logFile,
        },
        stop,
      };
    if (child.exitCode !== null || child.signalCode !== null) break;
    await sleep(POLL_MS);
  }
  const said = readFileSync(logFile, 'utf8').slice(-10_000);
  await stop();
  throw new Ended(BROKEN, `MiniStack did not start:\n${said}`);
}
