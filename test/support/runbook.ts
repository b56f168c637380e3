import { readFileSync } from 'node:fs';
import type { CommandLine, Finished } from './command-line.ts';

/** A command of a how-to page, and what the page says that it prints. */
export interface Step {
  line: number;
  command: string;
  /** `# exits 2` behind a command; 0 otherwise. */
  code: number;
  /** Lines that must be printed, in this order; `…` stands for anything. */
  expected: string[];
}

/** The `console` blocks of a page: a command a line after `$ `, then lines of what it prints. */
export function stepsOf(page: string): Step[] {
  const steps: Step[] = [];
  let inside = false;
  for (const [index, text] of page.split('\n').entries()) {
    if (text.startsWith('```')) inside = text === '```console';
    else if (inside && text.startsWith('$ ')) {
      const [, command = '', code = '0'] = /^\$ (.*?)(?:\s+# exits (\d+))?$/.exec(text) ?? [];
      steps.push({ line: index + 1, command, code: Number(code), expected: [] });
    } else if (inside && text.trim() !== '' && text.trim() !== '…') steps.at(-1)?.expected.push(text.trim());
  }
  return steps;
}

const collapsed = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** `…` and the id of a run stand for whatever is there. */
const pattern = (expected: string): RegExp =>
  new RegExp(
    collapsed(expected)
      .split(/…|\bRUN\b/)
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  );

/** The first expected line that was not printed, or not after the one before it. */
export function missing(expected: readonly string[], printed: string): string | undefined {
  const lines = printed.split('\n').map(collapsed);
  let from = 0;
  for (const line of expected) {
    const at = lines.findIndex((one, index) => index >= from && pattern(line).test(one));
    if (at < 0) return line;
    from = at + 1;
  }
  return undefined;
}

/** Arguments as a shell would split them: double quotes group. */
const words = (text: string): string[] => [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');

export interface Carried {
  step: Step;
  finished: Finished;
}

/** Carries a runbook out, command by command. `RUN` in a command is the last run; `X=1 ` before it an environment variable; `&` behind it: another terminal. */
export async function carryOut(page: string, cli: CommandLine): Promise<Carried[]> {
  const carried: Carried[] = [];
  for (const step of stepsOf(readFileSync(page, 'utf8'))) {
    const [, variables = '', rest = ''] = /^((?:[A-Z_]+=\S* )*)npx backfill (.*)$/.exec(step.command) ?? [];
    if (rest === '') throw new Error(`${page}:${step.line}: not a command of ours: ${step.command}`);
    const env = Object.fromEntries(words(variables).map((one) => one.split('=') as [string, string]));
    const args = await withRun(words(rest), cli, env);
    carried.push({ step, finished: await cli.run(args, env) });
  }
  return carried;
}

async function withRun(args: string[], cli: CommandLine, env: NodeJS.ProcessEnv): Promise<string[]> {
  if (!args.includes('RUN')) return args;
  const environment = args.flatMap((one, index) => (['-e', '--environment'].includes(args[index - 1] ?? '') ? ['-e', one] : []));
  const { out } = await cli.run(['runs', '--last', '1', '--json', ...environment], env);
  const [run] = JSON.parse(out) as { runId: string }[];
  return args.map((one) => (one === 'RUN' ? (run?.runId ?? one) : one));
}
