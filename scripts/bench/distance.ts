import { fileURLToPath } from 'node:url';
import { beside } from './beside.ts';

const RELAY = fileURLToPath(new URL('./relay.mjs', import.meta.url));

/** An endpoint, so many milliseconds away: works with the URL of a relay to it. */
export function atDistance<T>(url: string, milliseconds: number, work: (url: string) => Promise<T>): Promise<T> {
  const { hostname, port } = new URL(url);
  return beside([RELAY, hostname, port, String(milliseconds)], work);
}
