import { SFNClient } from '@aws-sdk/client-sfn';
import { callDeps, type Runtime } from '../../lambdas/runtime.ts';
import { hostedFlags } from '../adapters/appconfig/hosted.ts';
import { systemClock } from '../adapters/clock.ts';
import { DynamoLedger } from '../adapters/dynamodb/ledger.ts';
import type { FlagStore } from '../core/flags.ts';
import type { Ledger } from '../core/ledger.ts';
import type { EnvironmentConfig, EnvironmentName } from '../workflow/configuration.ts';
import type { Deployed } from '../workflow/deployed.ts';
import type { Carrier } from '../workflow/execution.ts';
import { deployedCarrier } from './carrier.ts';
import { findDeployment } from './discovery.ts';
import { deployedRuntime } from './runtime.ts';
import { clientConfig, openSession, type Session } from './session.ts';

/** A deployment, opened for one command. */
interface DeployedEnvironment {
  session: Session;
  deployed: Deployed;
  runtime: Runtime;
  ledger: Ledger;
  carrier: Carrier;
  flags: FlagStore;
  close(): void;
}

/** @throws {BackfillError} as `openSession` and `findDeployment` */
export async function openDeployment(
  environment: EnvironmentName,
  config: EnvironmentConfig,
  env: NodeJS.ProcessEnv = process.env,
): Promise<DeployedEnvironment> {
  const session = await openSession(environment, config, env);
  const deployed = await findDeployment(session);
  return connect(session, deployed, config);
}

function connect(session: Session, deployed: Deployed, config: Pick<EnvironmentConfig, 'approve' | 'prices'>): DeployedEnvironment {
  const { region } = session;
  const sfn = new SFNClient(clientConfig(region));
  const runtime = deployedRuntime(deployed, config, region, sfn);
  const ledger = new DynamoLedger(runtime.dynamo, runtime.ledgerTable, callDeps(runtime));
  return {
    session,
    deployed,
    runtime,
    ledger,
    carrier: deployedCarrier({ deployed, sfn, ledger, clock: systemClock }),
    flags: hostedFlags(deployed.flags, clientConfig(region), systemClock),
    close: () => {
      sfn.destroy();
      runtime.dynamo.destroy();
    },
  };
}
