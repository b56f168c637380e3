/** State transitions of the machine in `lib/workflow`, which are paid for: each state that is entered counts. A test walks the machine and holds these against it. */

/** Of an execution that goes straight through, its Map's children left out; a rollback's enters two fewer. */
export const EXECUTION_TRANSITIONS = 13;

/** Of a segment that one invocation works off. */
export const SEGMENT_TRANSITIONS = 4;

/** Of each further invocation, while the segment goes on. */
export const TURN_TRANSITIONS = 3;

/** `turns`: invocations that go on with a segment which another one has begun. */
export const transitionsOf = ({ executions, segments, turns }: { executions: number; segments: number; turns: number }): number =>
  executions * EXECUTION_TRANSITIONS + segments * SEGMENT_TRANSITIONS + turns * TURN_TRANSITIONS;
