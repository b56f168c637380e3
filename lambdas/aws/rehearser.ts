import { createRehearser } from '../rehearser.ts';
import { awsRuntime, publishing } from './runtime.ts';

export const handler = publishing(createRehearser(async () => awsRuntime()));
