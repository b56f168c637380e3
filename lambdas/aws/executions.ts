import { SFNClient } from '@aws-sdk/client-sfn';
import { executionEnded as hasEnded } from '../../lib/adapters/executions.ts';
import type { Owner } from '../../lib/core/records/run.ts';

export const sfn = new SFNClient({});

export const executionEnded = (owner: Owner): Promise<boolean> => hasEnded(owner, sfn);
