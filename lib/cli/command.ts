import type { Command } from 'commander';
import type { Screen } from './context.ts';

/** Hangs commands into the program. `done` takes the promise of an exit code. */
export type CommandSpec = (program: Command, screen: Screen, done: (work: Promise<number>) => Promise<void>) => void;
