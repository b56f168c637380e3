import type { Finding } from '../../core/records/run.ts';
import type { Paint } from './text.ts';

const MARKS = { blocking: ['✖', 'red'], warning: ['!', 'yellow'], info: ['·', 'gray'] } as const;

/** What was found before a run, each with what mends it. Commands are to be copied: nothing is cut. */
export function findingLines(findings: readonly Finding[], paint: Paint): string[] {
  return findings.flatMap(({ severity, code, message, remedy }) => {
    const [mark, style] = MARKS[severity];
    const lines = [`  ${paint(style, `${mark} ${code}`)}  ${message}`];
    return severity === 'info' || remedy === undefined ? lines : [...lines, `    ${paint('bold', '→')} ${remedy}`];
  });
}

/** Those that a person should know of before the first write. */
export const worthSaying = (findings: readonly Finding[]): Finding[] => findings.filter(({ severity }) => severity !== 'info');
