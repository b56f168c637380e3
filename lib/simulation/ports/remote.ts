import type { Clock, Random } from '../../core/retry.ts';
import { type Call, latency } from '../dynamo/latency.ts';

/** From where a call is made. */
export interface Caller {
  clock: Clock;
  random: Random;
}

/** A call over the network: its effect comes half-way, its answer as much later. A caller that dies in between has had its effect, and never hears. */
export async function remote<T>(
  call: Call,
  { clock, random }: Caller,
  effect: () => T | Promise<T>,
  { load = 0, signal }: { load?: number; signal?: AbortSignal | undefined } = {},
): Promise<T> {
  const ms = latency(call, load, random);
  await clock.sleep(ms / 2, signal);
  const answer = await effect();
  await clock.sleep(ms / 2, signal);
  return answer;
}

/** The same port, each call of which goes over the network. */
export const far = <P extends object>(port: P, call: Call, caller: Caller): P =>
  new Proxy(port, {
    get(target, property) {
      const method = Reflect.get(target, property);
      return typeof method === 'function' ? (...given: unknown[]) => remote(call, caller, () => method.apply(target, given)) : method;
    },
  });
