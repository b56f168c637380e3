import type { Ports } from '../ports.ts';
import type { WorkerFlow } from './worker-flow.ts';

/** The ports of a worker whose reads keep to its share, and are told of. */
export function throughFlow(ports: Ports, flow: WorkerFlow): Ports {
  const { source, target } = ports;
  const throttled = flow.throttled.bind(flow);
  /** One page, or one batch of reads by key. */
  const metered = async <T extends { readUnits: number }>(read: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    const taken = await flow.take('readUnits', 1, signal);
    const answer = await read();
    flow.used('readUnits', taken, answer.readUnits, 1);
    return answer;
  };
  return {
    ...ports,
    source: {
      readPage: (request) =>
        metered(() => source.readPage({ ...request, throttled: (throttle) => throttled(throttle, 'readUnits') }), request.signal),
    },
    target: {
      getMany: (keys, options) =>
        metered(() => target.getMany(keys, { ...options, throttled: (throttle) => throttled(throttle, 'readUnits') }), options.signal),
    },
  };
}
