import type { Ports } from '../../lib/core/ports.ts';

/** Stands around the effect of one port call: may record it, refuse it, or lose its answer. */
export type Around = <T>(label: string, effect: () => Promise<T>) => Promise<T>;

const PORTS = ['source', 'target', 'writer', 'journal', 'artifacts', 'ledger', 'serviceCache', 'keeper'] as const;

/** The same ports, with `around` about every call of every port. */
export function tapped(ports: Ports, around: Around): Ports {
  const tap = <P extends object>(port: P, name: string): P =>
    new Proxy(port, {
      get(target, property) {
        const method = Reflect.get(target, property);
        if (typeof method !== 'function') return method;
        return (...given: unknown[]) => around(`${name}.${String(property)}`, () => method.apply(target, given));
      },
    });
  const wrapped = PORTS.map((name) => [name, tap(ports[name] as object, name)]);
  return { ...ports, ...Object.fromEntries(wrapped) };
}

/** Notes the order of the calls. */
export function recorder(): { calls: string[]; around: Around } {
  const calls: string[] = [];
  const around: Around = (label, effect) => {
    calls.push(label);
    return effect();
  };
  return { calls, around };
}

export class Killed extends Error {}

export interface Kill {
  /** The how-manieth port call it dies at. */
  at: number;
  /** Before that call has its effect, or after it, but before the worker hears of it. */
  when: 'before' | 'after';
}

/** A worker's life: from its death on, no call of its own has an effect any more. */
export function mortal(kill: Kill | undefined): { around: Around; calls: () => number; struck: () => boolean } {
  let count = 0;
  let dead = false;
  const die = (): never => {
    dead = true;
    throw new Killed();
  };
  const around: Around = async (_, effect) => {
    if (dead) throw new Killed();
    const mine = count;
    count += 1;
    if (mine === kill?.at && kill.when === 'before') die();
    const result = await effect();
    if (dead || (mine === kill?.at && kill.when === 'after')) die();
    return result;
  };
  return { around, calls: () => count, struck: () => dead };
}
