import type { Item } from '../attribute-value.ts';
import type { Counters } from '../counters.ts';
import type { Owner, Reason } from './run.ts';

/** The end of a segment's journal, as far as it is committed. */
export interface Chain {
  /** Sequence number of the last object; 0: none yet. */
  seq: number;
  attempt: number;
  /** SHA-256 of that object's text. */
  hash: string;
}

export interface Lease {
  owner: Owner;
  /** Raised by every acquisition: the fence. */
  attempt: number;
  /** Milliseconds since the epoch. */
  until: number;
}

/** Where a segment stands: a key of the table that is scanned, or a position in whatever else is gone through. */
export type Cursor = Item;

export interface SegmentRecord {
  runId: string;
  segment: number;
  state: 'open' | 'done';
  /** Where the next page begins; `null`: at the beginning (or, once done, nowhere). */
  cursor: Cursor | null;
  /** At most so many eligible items in this segment; `null`: no limit. */
  quota: number | null;
  counters: Counters;
  chain: Chain;
  /** Sum of the fingerprints of the eligible source items seen so far, hexadecimal. */
  fingerprint: string;
  attempt: number;
  lease: Lease | null;
  /** Milliseconds since the epoch; 0: nobody has worked on it yet. */
  begun: number;
  /** Milliseconds since the epoch of the worker's last sign of life. */
  heartbeat: number;
  /** `at` of the last control that its worker has read; empty: none. */
  heard: string;
  stuck: Reason | null;
}

/** That a worker lives, and which control it obeys. */
export type SignOfLife = Pick<SegmentRecord, 'heartbeat' | 'heard'>;

/** What a checkpoint moves, all in one conditional update. It may say that its worker lives, which spares saying so beside. */
export interface Checkpoint extends Partial<SignOfLife> {
  state: 'open' | 'done';
  cursor: Cursor | null;
  counters: Counters;
  chain: Chain;
  fingerprint: string;
}
