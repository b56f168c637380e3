/**
 * `node scripts/ministack.mjs COMMAND [ARGUMENT...]`: runs a command beside MiniStack, an emulator of AWS, on a free port of the loopback,
 * which the command finds in `AWS_ENDPOINT_URL`, with credentials for it. Stops it whatever happens, and exits as the command did.
 *
 * Exits with 69 when Python is missing, and with 70 when MiniStack could not be installed or started.
 */
import { Ended, main, run, USAGE } from './emulators/command.mjs';
import { startMiniStack } from './emulators/ministack.mjs';

await main(async (command) => {
  if (command.length === 0) throw new Ended(USAGE, 'usage: node scripts/ministack.mjs COMMAND [ARGUMENT...]');
  const emulator = await startMiniStack();
  try {
    console.error(`MiniStack ${emulator.version} at ${emulator.url}`);
    return await run(command, emulator.env);
  } finally {
    await emulator.stop();
  }
});
