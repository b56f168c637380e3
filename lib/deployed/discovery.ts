import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { BackfillError } from '../core/errors.ts';
import { Deployed } from '../workflow/deployed.ts';
import { deploymentParameter, stackNames } from '../workflow/names.ts';
import { asking } from './faults.ts';
import { clientConfig, type Session } from './session.ts';

export const deployCommand = (environment: string): string => `npx cdk deploy --all -c environment=${environment}`;

/**
 * What the deployment of an environment says of itself.
 *
 * @throws {BackfillError} `environment.not-deployed`, `environment.other-version`, and as `asking`
 */
export async function findDeployment(session: Session): Promise<Deployed> {
  const { environment, account, region } = session;
  const Name = deploymentParameter(environment);
  const ssm = new SSMClient(clientConfig(region));
  try {
    const { Parameter } = await asking('ssm:GetParameter', () => ssm.send(new GetParameterCommand({ Name })));
    return read(Parameter?.Value ?? '', session);
  } catch (error) {
    if (!(error instanceof ParameterNotFound)) throw error;
    const message = `${environment} is not deployed in account ${account}, region ${region}: the stack ${stackNames(environment).runner} has left no parameter ${Name} there.`;
    throw new BackfillError('environment.not-deployed', message, {
      cause: error,
      remedy: `Deploy it with \`${deployCommand(environment)}\`; or, if it is elsewhere, choose with AWS_PROFILE and AWS_REGION, or with \`account\` and \`region\` in cdk.json.`,
      details: { account, region },
    });
  } finally {
    ssm.destroy();
  }
}

function read(text: string, { environment }: Session): Deployed {
  const refused = (cause: unknown): BackfillError =>
    new BackfillError(
      'environment.other-version',
      `The deployment of ${environment} describes itself (${deploymentParameter(environment)}) in a way that this version does not understand.`,
      { cause, remedy: `Deploy this code with \`${deployCommand(environment)}\`, or use the code that was deployed.` },
    );
  let parsed: ReturnType<typeof Deployed.safeParse>;
  try {
    parsed = Deployed.safeParse(JSON.parse(text));
  } catch (cause) {
    throw refused(cause);
  }
  if (!parsed.success || parsed.data.environment !== environment) throw refused(parsed.error);
  return parsed.data;
}
