import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const RELAY = fileURLToPath(new URL('./relay.mjs', import.meta.url));

/** An endpoint, so many milliseconds away: works with the URL of a relay to it, which is gone afterwards. */
export async function atDistance<T>(url: string, milliseconds: number, work: (url: string) => Promise<T>): Promise<T> {
  const { hostname, port } = new URL(url);
  const relay = spawn(process.execPath, [RELAY, hostname, port, String(milliseconds)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(relay, 'exit');
  try {
    const [line] = await Promise.race([
      once(createInterface({ input: relay.stdout }), 'line'),
      ended.then(() => Promise.reject(new Error('The relay did not start.'))),
    ]);
    return await work(`http://127.0.0.1:${String(line).replace('PORT ', '')}`);
  } finally {
    relay.stdin.end();
    await ended;
  }
}
