import type { Opened, Screen } from './context.ts';
import { called, table } from './screen/text.ts';

/** What Ctrl-C does while a run is shown. */
export interface Interrupt {
  happened: () => boolean;
  /** Comes true when nobody wants to see the run any more, though it goes on. */
  left: Promise<void>;
  end: () => void;
}

function onSignals(heard: () => void): () => void {
  process.on('SIGINT', heard);
  process.on('SIGTERM', heard);
  return () => {
    process.off('SIGINT', heard);
    process.off('SIGTERM', heard);
  };
}

/** A run in this process: the first Ctrl-C asks it to stand still at its next checkpoint; a second one leaves at once. */
export function holdOnInterrupt(
  { ledger, person }: Pick<Opened, 'ledger' | 'person'>,
  runId: () => string | undefined,
  screen: Screen,
): Interrupt {
  let happened = false;
  const hold = async (): Promise<void> => {
    const id = runId();
    if (id === undefined) process.exit(130);
    const at = new Date().toISOString();
    const reason = { code: 'interrupted', message: 'Interrupted with Ctrl-C.' };
    await ledger.command(id, { desired: 'hold', reason, by: person, at });
    await ledger.addEvent(id, { at, who: person, what: 'pause', details: { ...reason } });
  };
  const end = onSignals(() => {
    if (happened) process.exit(130);
    happened = true;
    screen.err('Pausing at the next checkpoint; Ctrl-C again leaves at once, and loses nothing either.');
    hold().catch(() => process.exit(130));
  });
  return { happened: () => happened, left: new Promise(() => undefined), end };
}

/** A run on AWS: Ctrl-C leaves the view, and nothing else. A second one leaves at once. */
export function leaveOnInterrupt(): Interrupt {
  let happened = false;
  let leave = (): void => undefined;
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const end = onSignals(() => {
    if (happened) process.exit(130);
    happened = true;
    leave();
  });
  return { happened: () => happened, left, end };
}

/** How to see a run again that goes on by itself, and how to stop it. */
export function goesOnLines(runId: string | undefined, environment: string): string[] {
  const steps =
    runId === undefined
      ? [['runs', 'find it, once it has begun']]
      : [
          [`monitor ${runId} --watch`, 'watch it'],
          [`pause ${runId}`, 'let it stand still at its next checkpoint'],
        ];
  return table(steps.map(([command = '', what = '']) => [`  ${called(command, environment)}`, what]));
}
