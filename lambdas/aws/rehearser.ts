import { createRehearser } from '../rehearser.ts';
import { consumption } from './consumption.ts';
import { awsRuntime, publishing } from './runtime.ts';

export const handler = publishing(createRehearser(async () => awsRuntime({ consumption })));
