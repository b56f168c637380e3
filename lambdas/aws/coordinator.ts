import { createCoordinator } from '../coordinator.ts';
import { executionEnded } from './executions.ts';
import { awsRuntime } from './runtime.ts';

export const handler = createCoordinator(async () => awsRuntime({ executionEnded }));
