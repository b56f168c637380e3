import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from '../core/ledger.ts';
import type { Screen } from './context.ts';
import { plainLine, progressLines } from './screen/progress.ts';
import { type Ended, RateMeter, type Snapshot, takeSnapshot } from './snapshot.ts';

/** Nobody has answered. */
const SILENT = 'silent' as const;

const REPAINT_MS = 250;
const PLAIN_EVERY_MS = 5_000;

/** What is shown of a snapshot: a page that is repainted, or a line for a pipe. */
export interface Shown {
  page(snapshot: Snapshot, meter: RateMeter): string[] | Promise<string[]>;
  line(snapshot: Snapshot, meter: RateMeter): string;
}

const progressOn = ({ paint, columns }: Screen): Shown => ({
  page: (snapshot, meter) => progressLines(snapshot, meter, paint, columns),
  line: plainLine,
});

interface LiveView {
  /** Shows until `over` says so; the last snapshot, if there was a run to see. */
  follow(over: (snapshot: Snapshot | undefined) => boolean): Promise<Snapshot | undefined>;
}

/**
 * Follows a run in the ledger: repainted in a terminal, a line every few seconds in a pipe.
 * `runId` may not be known at first: the run is opened by the machine itself.
 * `leastMs`: between two looks, where each costs something.
 */
export async function liveView(
  ledger: Ledger,
  runId: () => string | undefined,
  screen: Screen,
  ended: Ended,
  intervalMs?: number,
  shown: Shown = progressOn(screen),
  leastMs = 0,
): Promise<LiveView> {
  const logUpdate = screen.live ? (await import('log-update')).default : undefined;
  const meter = new RateMeter();
  const every = intervalMs ?? Math.max(leastMs, screen.live ? REPAINT_MS : PLAIN_EVERY_MS);
  let lastPlain = 0;

  const show = async (snapshot: Snapshot): Promise<void> => {
    meter.add(snapshot);
    if (logUpdate) logUpdate((await shown.page(snapshot, meter)).join('\n'));
    else if (snapshot.at - lastPlain >= Math.min(every, PLAIN_EVERY_MS)) {
      lastPlain = snapshot.at;
      screen.err(shown.line(snapshot, meter));
    }
  };

  return {
    async follow(over) {
      let snapshot: Snapshot | undefined;
      let goneFor = 0;
      for (;;) {
        const id = runId();
        // The view must not end a run whose ledger is slow to answer.
        const answer = id === undefined ? SILENT : await takeSnapshot(ledger, id, Date.now, ended).catch((): typeof SILENT => SILENT);
        const seen = answer === SILENT ? undefined : answer;
        goneFor = answer === undefined ? goneFor + 1 : 0;
        if (seen) {
          snapshot = seen;
          await show(seen);
        }
        // One that was refused was there for a moment only.
        if (over(seen) || (snapshot && goneFor > 1)) break;
        const wake = Date.now() + every;
        while (Date.now() < wake && !over(seen)) await sleep(Math.min(50, every));
      }
      logUpdate?.clear();
      logUpdate?.done();
      return snapshot;
    },
  };
}
