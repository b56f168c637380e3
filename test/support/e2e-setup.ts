import { bootstrap, deploy, putPlacesKey, synthesize } from './e2e.ts';

/** Before all end-to-end tests: the app as it is committed, deployed to an account with nothing in it. */
export default async function setUp(): Promise<void> {
  await bootstrap();
  await deploy(await synthesize('development'));
  await putPlacesKey('development');
}
