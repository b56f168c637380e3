import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { LocalSettings } from '../../lib/local/environment.ts';

/** What a worker process says: that it is there, and what became of each invocation. */
export type WorkerAnswer = { result: unknown } | { error: string };

export interface WorkerProcesses {
  /** One invocation of the processor, by whichever process is free. Fails as a call of Lambda's does that nobody answers when the process dies. */
  invoke(payload: unknown): Promise<unknown>;
  /** kill -9 of one that is at work. */
  killOne(): void;
  close(): Promise<void>;
}

/** A machine tries again what fails so. */
function lostCall(): Error {
  const error = new Error('The process was killed.');
  error.name = 'Lambda.SdkClientException';
  return error;
}

/** Starts processes that carry out segments of runs; they live until `close`. */
export async function startWorkers(count: number, settings: LocalSettings): Promise<WorkerProcesses> {
  const all = await Promise.all(Array.from({ length: count }, () => startWorker(settings)));
  const free = [...all];
  const busy = new Set<ChildProcess>();
  const waiting: ((child: ChildProcess) => void)[] = [];
  const leave = (child: ChildProcess): void => {
    const next = waiting.shift();
    if (next) next(child);
    else free.push(child);
  };
  return {
    async invoke(payload) {
      const child = free.shift() ?? (await new Promise<ChildProcess>((resolve) => waiting.push(resolve)));
      busy.add(child);
      try {
        const answer = await ask(child, payload);
        if ('error' in answer) throw new Error(answer.error);
        return answer.result;
      } finally {
        busy.delete(child);
        if (child.exitCode === null && child.signalCode === null) leave(child);
      }
    },
    killOne() {
      const [one] = busy;
      if (!one?.kill('SIGKILL')) throw new Error('No process is at work.');
    },
    async close() {
      await Promise.all(all.map(end));
    },
  };
}

async function startWorker(settings: LocalSettings): Promise<ChildProcess> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const script = fileURLToPath(new URL('./worker-process.ts', import.meta.url));
  const child = fork(script, [], { execArgv: ['--import', tsx], env: { ...process.env, NODE_OPTIONS: '' } });
  await ask(child, settings);
  return child;
}

/** The answer to one message; a process has one at a time. */
function ask(child: ChildProcess, message: unknown): Promise<WorkerAnswer> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(lostCall());
    child.once('exit', onExit);
    child.once('message', (answer) => {
      child.off('exit', onExit);
      resolve(answer as WorkerAnswer);
    });
    child.send(message as object);
  });
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
