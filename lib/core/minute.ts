/** DynamoDB's use of capacity, and alarms on it, are counted minute by minute. */
export const MINUTE_MS = 60_000;

/** When the minute of a moment began; both in milliseconds since the epoch. */
export const startOfMinute = (at: number): number => Math.floor(at / MINUTE_MS) * MINUTE_MS;
