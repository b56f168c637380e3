import { FEATURE_FLAGS, type FeatureFlag } from '../../backfills/wardrobe-normalize/feature-flags.ts';
import { BackfillError } from '../../core/errors.ts';
import { type FlagStore, isOn } from '../../core/flags.ts';
import type { CommandSpec } from '../command.ts';
import { type CommonOptions, type Screen, withFlags } from '../context.ts';
import { findFlag, flagNames } from '../feature-flags.ts';
import { table } from '../screen/text.ts';
import { jsonOption } from './run.ts';

export const flagCommands: CommandSpec = (program, screen, done) => {
  const flags = program.command('flags').description('feature flags of those who read what a backfill made, rolled out by percentage');
  flags
    .command('list')
    .description('every flag, and for how many it is on')
    .option('--user <key>', 'also whether it is on for this user')
    .addOption(jsonOption())
    .action((_: unknown, command) => done(withFlags(command.optsWithGlobals(), (store) => list(command.optsWithGlobals(), store, screen))));
  flags
    .command('set')
    .argument('<name>', 'a flag, as `list` names it')
    .argument('<percent>', 'of users or requests: 0 is off, 100 is all')
    .description('turn a flag on for so many per cent; whoever had it at a smaller share keeps it')
    .action((name: string, percent: string, _: unknown, command) => done(set(name, percent, command.optsWithGlobals(), screen)));
};

async function list(options: CommonOptions & { user?: string }, store: FlagStore, screen: Screen): Promise<number> {
  const rollouts = await store.read();
  const { user } = options;
  const flags = flagNames.map((name) => ({
    name,
    percent: rollouts[name] ?? 0,
    ...(user !== undefined && { on: isOn(rollouts, name, user) }),
    what: FEATURE_FLAGS[name],
  }));
  if (options.json) {
    screen.out(JSON.stringify({ where: store.where, flags }, null, 2));
    return 0;
  }
  const rows = flags.map(({ name, percent, on, what }) => [
    name,
    `${percent} %`.padStart(5),
    ...(user === undefined ? [] : [on ? 'on' : 'off']),
    what,
  ]);
  const heading = ['FLAG', 'ON FOR', ...(user === undefined ? [] : [`FOR ${user}`]), 'WHAT IT DOES'];
  for (const line of table([heading, ...rows])) screen.out(line);
  screen.out(`\nkept in ${store.where}`);
  return 0;
}

async function set(given: string, text: string, options: CommonOptions, screen: Screen): Promise<number> {
  const name = findFlag(given);
  const percent = /^\d+(\.\d+)? ?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (!(percent <= 100))
    throw new BackfillError('option.invalid', `A flag cannot be on for "${text}".`, { remedy: 'Give a percentage from 0 to 100.' });
  return withFlags(options, (store) => change(name, percent, store, screen));
}

async function change(name: FeatureFlag, percent: number, store: FlagStore, screen: Screen): Promise<number> {
  if (!store.set) throw new BackfillError('flags.elsewhere', `Flags of ${store.where} cannot be changed from here.`);
  const before = (await store.read())[name] ?? 0;
  await store.set({ [name]: percent });
  screen.out(`${name}: ${before} % → ${percent} %`);
  return 0;
}
