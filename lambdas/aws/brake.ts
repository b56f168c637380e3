import { createBrake } from '../brake.ts';
import { awsOversight } from './oversight.ts';

export const handler = createBrake(awsOversight);
