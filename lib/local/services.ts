import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackfillError } from '../core/errors.ts';
import { isAlive, startDetached } from './processes.ts';

/** The background processes of the embedded environment: found by a file that each writes once it answers, started where there is none. */
export interface Service {
  name: 'database' | 'places';
  /** Relative to the embedded environment's folder. */
  endpointFile: string;
  /** Relative to the project's folder. */
  program: string;
  args: readonly string[];
}

export interface Endpoint {
  url: string;
  pid: number;
  birth: string;
}

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 25;

export function findService(folder: string, service: Service): Endpoint | undefined {
  try {
    const endpoint: Endpoint = JSON.parse(readFileSync(join(folder, service.endpointFile), 'utf8'));
    return isAlive(endpoint) ? endpoint : undefined;
  } catch {
    return undefined;
  }
}

/** @throws {BackfillError} `local.unavailable` */
export async function ensureService(folder: string, service: Service): Promise<Endpoint> {
  const running = findService(folder, service);
  if (running) return running;
  try {
    mkdirSync(folder, { recursive: true });
    startDetached(service.program, service.args, join(folder, 'host.log'));
  } catch (cause) {
    throw new BackfillError(
      'local.unavailable',
      `The embedded ${service.name} cannot be started in ${folder}: ${(cause as Error).message}.`,
      { cause },
    );
  }
  for (let waited = 0; waited < START_TIMEOUT_MS; waited += POLL_MS) {
    const endpoint = findService(folder, service);
    if (endpoint) return endpoint;
    await sleep(POLL_MS);
  }
  throw new BackfillError('local.unavailable', `The embedded ${service.name} did not answer within ${START_TIMEOUT_MS / 1000} s.`);
}

/** True when there was one to stop. */
export async function stopService(folder: string, service: Service): Promise<boolean> {
  const endpoint = findService(folder, service);
  if (!endpoint) return false;
  process.kill(endpoint.pid, 'SIGTERM');
  for (let waited = 0; isAlive(endpoint) && waited < STOP_TIMEOUT_MS; waited += POLL_MS) await sleep(POLL_MS);
  if (isAlive(endpoint)) throw new BackfillError('local.unavailable', `The embedded ${service.name} (pid ${endpoint.pid}) does not stop.`);
  rmSync(join(folder, service.endpointFile), { force: true });
  return true;
}
