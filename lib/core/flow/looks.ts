/**
 * How often each of so many workers looks at what it may use, and tells what it uses. All of them read one row of the ledger, of 8 KB at most,
 * and a partition bears 3,000 read units a second: together they take a third of those.
 */
const LOOKS_A_SECOND = 500;

/** Fewer workers look no oftener than this. */
const LOOK_EVERY_MS = 1_000;

export const lookEveryMs = (workers: number): number => Math.max(LOOK_EVERY_MS, (1_000 * workers) / LOOKS_A_SECOND);

/** Which of them are at work, in looks: so long a worker may be silent before what it had is others'. */
const SILENT_LOOKS = 4;

/** One that has left its segment has mostly another one by then. */
const BETWEEN_SEGMENTS_LOOKS = 2.5;

/**
 * A worker that has read nothing for so many looks goes by its floor. That is before others are dealt what it had: its last report came a look before
 * it read for the last time, at the earliest.
 */
const PATIENCE_LOOKS = 3;

export const patienceMs = (workers: number): number => PATIENCE_LOOKS * lookEveryMs(workers);

/** Of an equal part of a limit, what a worker may use that cannot read what it may: as good as nothing, for it cannot check in what it does either. */
const UNHEARD = 0.02;

/** Units a second. It is kept for each worker that may be cut off, so that all together stay within the limit. */
export const floorOf = (limit: number, workers: number): number => (UNHEARD * limit) / workers;

export const silentMs = (workers: number, busy: boolean): number => lookEveryMs(workers) * (busy ? SILENT_LOOKS : BETWEEN_SEGMENTS_LOOKS);
