import * as z from 'zod/mini';
import { type AnyDefinition, defineBackfill, tableScan, update } from '../core/definition.ts';

/** What is simulated: every item gets one attribute more, on the condition that it is as it was read. */
export const marking = defineBackfill({
  name: 'simulated',
  version: '1.0',
  summary: 'mark = size + 1',
  source: tableScan({ table: 'simulated', key: ['id'] }),
  item: z.object({ id: z.string(), size: z.number(), mark: z.optional(z.number()) }),
  reads: ['size'],
  writes: ['mark'],
  transform: ({ size }) => update({ set: { mark: size + 1 } }),
}) as AnyDefinition;
