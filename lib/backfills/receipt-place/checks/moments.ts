import type { Native } from '../../../core/result.ts';

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?$/;

/** Milliseconds since 1970 of an ISO 8601 date and time; without a zone it is UTC, as its writers meant it. */
export function moment(text: unknown): number | undefined {
  const match = typeof text === 'string' ? ISO.exec(text) : null;
  if (!match) return undefined;
  const milliseconds = Date.parse(match[2] ? match[0] : `${match[0]}Z`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/**
 * Whether a row was written after the run began, hence by the application: the run's own rows carry the moment it began.
 * Without a run, no row was.
 */
export function writtenSince(runStarted: string | undefined): (row: Native | undefined) => boolean {
  const start = moment(runStarted);
  return (row) => {
    const written = moment(row?.timestamp);
    return start !== undefined && written !== undefined && written > start;
  };
}
