import { createProcessor } from '../../lambdas/processor.ts';
import { WATCH_EVERY_MS } from '../../lib/core/watcher.ts';
import { type LocalSettings, localRuntime } from '../../lib/local/environment.ts';
import type { WorkerAnswer } from './worker-processes.ts';

/** Stands for a Lambda environment: a process of its own that carries out one invocation after the other, by the deployed handler. */

/** As long as Lambda's. */
const INVOCATION_MS = 15 * 60_000;

const say = (answer: WorkerAnswer): void => void process.send?.(answer);

process.once('message', async (settings: LocalSettings) => {
  const runtime = { ...(await localRuntime(settings)), watchEveryMs: WATCH_EVERY_MS };
  const work = createProcessor(async () => runtime);
  process.on('message', async (payload: unknown) => {
    const until = Date.now() + INVOCATION_MS;
    try {
      say({ result: await work(payload, { getRemainingTimeInMillis: () => Math.max(0, until - Date.now()) }) });
    } catch (error) {
      say({ error: (error as Error).message });
    }
  });
  say({ result: null });
});
