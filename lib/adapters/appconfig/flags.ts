import { BackfillError } from '../../core/errors.ts';
import { type FlagStore, parseRollouts } from '../../core/flags.ts';

/** The agent answers from its memory: whoever waits longer asks something else. */
const TIMEOUT_MS = 3_000;

/**
 * Feature flags in AWS AppConfig, asked of its agent (as Lambda's extension, or beside a process), which caches and needs no SDK:
 * `http://localhost:2772/applications/<application>/environments/<environment>/configurations/<profile>`.
 *
 * The profile is a freeform one, `{ "FEATURE_X": 5 }`: AppConfig's own feature flags cannot bear names in upper case.
 * They are changed by deployments of AppConfig, which roll back by alarms; not from here.
 */
export const appConfigFlags = (url: string): FlagStore => ({
  where: url,
  async read() {
    let text: string;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (!response.ok) throw new Error(`it answers ${response.status}`);
      text = await response.text();
    } catch (cause) {
      throw new BackfillError('flags.unreadable', `The AppConfig agent at ${url} gives no flags: ${(cause as Error).message}.`, { cause });
    }
    return parseRollouts(text, url);
  },
});
