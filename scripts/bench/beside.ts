import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Works with the URL of an endpoint that is a process of its own, so that its time and memory are counted to nobody; it is gone afterwards. It prints `PORT n`. */
export async function beside<T>(command: readonly string[], work: (url: string) => Promise<T>): Promise<T> {
  const endpoint = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(endpoint, 'exit');
  try {
    const [line] = await Promise.race([
      once(createInterface({ input: endpoint.stdout }), 'line'),
      ended.then(() => Promise.reject(new Error(`${command.join(' ')} did not start.`))),
    ]);
    return await work(`http://127.0.0.1:${String(line).replace('PORT ', '')}`);
  } finally {
    endpoint.stdin.end();
    await ended;
  }
}
