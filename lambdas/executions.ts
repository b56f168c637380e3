import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { Owner } from '../lib/core/ledger.ts';

const sfn = new SFNClient({});

/** Whether the execution that carried a run has ended, as Step Functions tells. */
export async function executionEnded({ execution }: Owner): Promise<boolean> {
  const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn: execution }));
  return status !== 'RUNNING';
}
