/** Where each partition has its console. */
const CONSOLES: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The page of an execution in the Step Functions console; `undefined`: it is no execution on AWS, or in a partition whose console nobody can guess. */
export function consoleLink(execution: string): string | undefined {
  const [, partition = '', service, region] = execution.split(':');
  const host = CONSOLES[partition];
  if (service !== 'states' || !host) return undefined;
  return `https://${region}.${host}/states/home?region=${region}#/v2/executions/details/${execution}`;
}
