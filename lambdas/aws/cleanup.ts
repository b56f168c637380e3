import { createCleanup } from '../cleanup.ts';
import { awsRuntime, publishing } from './runtime.ts';

export const handler = publishing(createCleanup(async () => awsRuntime()));
