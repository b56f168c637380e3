import { createCleanup } from '../cleanup.ts';
import { consumption } from './consumption.ts';
import { awsRuntime, publishing } from './runtime.ts';

export const handler = publishing(createCleanup(async () => awsRuntime({ consumption })));
