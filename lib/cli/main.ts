import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { BackfillError } from '../core/errors.ts';
import { assessCommand } from './commands/assess.ts';
import { controlCommands } from './commands/control.ts';
import { flagCommands } from './commands/flags.ts';
import { localCommands } from './commands/local.ts';
import { queryCommands } from './commands/query.ts';
import { reportCommand } from './commands/report.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { runCommand } from './commands/run.ts';
import { tuneCommand } from './commands/tune.ts';
import { validateCommand } from './commands/validate.ts';
import { watchCommands } from './commands/watch.ts';
import { openScreen } from './context.ts';
import { errorLines, exitCodeOf } from './screen/error.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** Exit codes: 0 done and good; 1 ran, but a check or the run failed; 2 wrong usage or configuration; 130 interrupted. */
export async function main(args: readonly string[]): Promise<number> {
  const screen = openScreen();
  let code = 0;
  const program = new Command('backfill')
    .description('Change millions of items in a live DynamoDB table, safely.')
    .version(version)
    .option('-e, --environment <name>', 'local, development, staging or production', 'local')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  const done = async (work: Promise<number>): Promise<void> => {
    code = await work;
  };
  for (const spec of [
    assessCommand,
    runCommand,
    controlCommands,
    tuneCommand,
    rollbackCommand,
    watchCommands,
    validateCommand,
    reportCommand,
    queryCommands,
    flagCommands,
    localCommands,
  ])
    spec(program, screen, done);

  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0 || error.code === 'commander.help') return error.exitCode === 0 ? 0 : 2;
      const unknown = error.code === 'commander.unknownCommand' || error.code === 'commander.unknownOption';
      const message = error.message.replace(/^error: /, '').replace(/\n/, ' ');
      const usage = new BackfillError(unknown ? 'option.unknown' : 'option.invalid', message, {
        remedy: '`npx backfill --help` lists the commands, `npx backfill <command> --help` their options.',
      });
      for (const line of errorLines(usage, screen.paint, 'local')) screen.err(line);
      return 2;
    }
    for (const line of errorLines(error, screen.paint, program.opts().environment)) screen.err(line);
    if (process.env.BACKFILL_DEBUG) screen.err(String((error as Error).stack));
    return exitCodeOf(error);
  }
}
