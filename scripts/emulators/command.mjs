/** What the scripts that run a command beside an emulator have in common. */
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';

export const USAGE = 2;
/** What is needed is not installed here: whoever asked may skip what needs it. */
export const UNAVAILABLE = 69;
export const BROKEN = 70;

/** Ends the script with an exit code and one plain message. */
export class Ended extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export const answers = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

/** This process's environment without the user's own AWS, which nothing here shall meet. */
export const withoutAws = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^AWS_|^CDK_DEFAULT_/.test(name)));

/** Runs it in the foreground, passing signals on; resolves with its exit code. */
export function run([command, ...args], env) {
  const child = spawn(command, args, { stdio: 'inherit', env: { ...withoutAws(), ...env } });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const passOn = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, passOn);
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Ended(127, `${command} could not be started: ${error.message}`)));
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  }).finally(() => {
    for (const signal of signals) process.off(signal, passOn);
  });
}

/** Sets the process's exit code to what `script` resolves with. */
export async function main(script) {
  try {
    process.exitCode = await script(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    console.error(error.message);
    process.exitCode = error.code;
  }
}
