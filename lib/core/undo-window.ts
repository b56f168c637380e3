import { DAY_MS } from './day.ts';

/** Until when a run that began then can be undone, ISO 8601: afterwards its journal expires. `null`: for ever. */
export const undoUntil = (createdAt: string, undoDays: number | null): string | null =>
  undoDays === null ? null : new Date(Date.parse(createdAt) + undoDays * DAY_MS).toISOString();
