import { DescribeExecutionCommand, ExecutionDoesNotExist, type SFNClient } from '@aws-sdk/client-sfn';
import type { Owner } from '../core/records/run.ts';

/** Whether the execution that carried a run has ended, as Step Functions tells; it forgets one ninety days after its end. */
export async function executionEnded({ execution }: Owner, sfn: SFNClient): Promise<boolean> {
  try {
    const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn: execution }));
    return status !== 'RUNNING';
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return true;
    throw error;
  }
}
