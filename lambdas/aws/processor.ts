import { createProcessor } from '../processor.ts';
import { consumption } from './consumption.ts';
import { awsRuntime, publishing } from './runtime.ts';

export const handler = publishing(createProcessor(async () => awsRuntime({ consumption })));
