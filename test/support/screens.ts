import { join } from 'node:path';
import { fileFlags } from '../../lib/adapters/fs/flags.ts';
import { type Opened, openedOn, type Screen } from '../../lib/cli/context.ts';
import { painter } from '../../lib/cli/screen/text.ts';
import { localCarrier } from '../../lib/local/carrier.ts';
import type { Embedded } from './embedded.ts';

/** What a command prints, each line with the stream it went to. */
export function recordedScreen(): { screen: Screen; out: () => string; err: () => string } {
  const lines: { to: 'out' | 'err'; line: string }[] = [];
  const to = (stream: 'out' | 'err') => (line: string) => void lines.push({ to: stream, line });
  const of = (stream: 'out' | 'err') => (): string =>
    lines
      .filter((one) => one.to === stream)
      .map(({ line }) => line)
      .join('\n');
  return {
    screen: { out: to('out'), err: to('err'), paint: painter(false), columns: 200, rows: 50, live: false, terminal: undefined },
    out: of('out'),
    err: of('err'),
  };
}

/** The embedded environment as the commands open it. */
export const openedOf = ({ runtime, folder }: Embedded): Opened =>
  openedOn(runtime, {
    carrier: localCarrier(runtime),
    flags: fileFlags(join(folder, 'flags.json')),
    artifacts: join(folder, 'artifacts'),
    logFile: () => join(folder, 'test.log'),
    person: 'tester (CLI)',
    lookEveryMs: 10,
  });
