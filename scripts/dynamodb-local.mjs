/**
 * `node scripts/dynamodb-local.mjs COMMAND [ARGUMENT...]`: runs a command beside AWS's DynamoDB Local, in memory, on a free port of the
 * loopback, which the command finds in `AWS_ENDPOINT_URL_DYNAMODB`. Stops it whatever happens, and exits as the command did.
 *
 * Exits with 69 when Java or Maven is missing, and with 70 when DynamoDB Local could not be fetched or started.
 * It is fetched once, into DYNAMODB_LOCAL_CACHE (or the user's cache folder); DYNAMODB_LOCAL_VERSION chooses another version.
 */
import { Ended, main, run, USAGE } from './emulators/command.mjs';
import { startDynamoDbLocal, VERSION } from './emulators/dynamodb-local.mjs';

await main(async (command) => {
  if (command.length === 0) throw new Ended(USAGE, 'usage: node scripts/dynamodb-local.mjs COMMAND [ARGUMENT...]');
  const server = startDynamoDbLocal({ shared: true });
  try {
    const url = await server.url;
    console.error(`DynamoDB Local ${VERSION} at ${url}`);
    const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: 'us-east-1' };
    return await run(command, { AWS_ENDPOINT_URL_DYNAMODB: url, ...credentials });
  } finally {
    await server.stop();
  }
});
