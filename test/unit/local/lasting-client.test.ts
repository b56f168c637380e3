import type { ServiceClient } from '../../../lib/core/ports.ts';
import { lastingClient } from '../../../lib/local/lasting-client.ts';

const { signal } = new AbortController();
const answered = (value: string) => ({ kind: 'answer' as const, answer: { kind: 'found' as const, value } });

/** A server that moves to another address each time it is started; who calls the former one meets nobody. */
function server() {
  const state = { isUp: true, started: 0, asked: 0 };
  const clientAt = (url: string): ServiceClient => ({
    async call(request) {
      state.asked += 1;
      if (!state.isUp || url !== `at ${state.started}`) throw new TypeError('fetch failed');
      return answered(`${request} ${url}`);
    },
  });
  const find = async (): Promise<string> => {
    if (!state.isUp) Object.assign(state, { isUp: true, started: state.started + 1 });
    return `at ${state.started}`;
  };
  return { state, clientAt, find };
}

test('a server that has ended meanwhile is started again, once, and all calls are answered', async () => {
  const { state, find, clientAt } = server();
  const client = await lastingClient(find, clientAt);
  expect(await client.call('a', signal)).toStrictEqual(answered('a at 0'));
  state.isUp = false;
  const answers = await Promise.all(['b', 'c', 'd'].map((request) => client.call(request, signal)));
  expect(answers).toStrictEqual([answered('b at 1'), answered('c at 1'), answered('d at 1')]);
  expect(state.started).toBe(1);
});

test('what fails though the server is there is for the engine to try again', async () => {
  const { state, find } = server();
  const failing = async (): Promise<never> => {
    state.asked += 1;
    throw new TypeError('fetch failed');
  };
  const client = await lastingClient(find, () => ({ call: failing }));
  await expect(client.call('a', signal)).rejects.toThrow('fetch failed');
  expect(state).toMatchObject({ asked: 1, started: 0 });
});

test('one that cannot be started is looked for again by the next call; a call that is not wanted any more starts none', async () => {
  const { state, find, clientAt } = server();
  const found = [find, () => Promise.reject(new Error('no port')), find];
  const client = await lastingClient(() => (found.shift() ?? find)(), clientAt);
  state.isUp = false;
  await expect(client.call('a', AbortSignal.abort())).rejects.toThrow('fetch failed');
  await expect(client.call('a', signal)).rejects.toThrow('no port');
  expect(await client.call('a', signal)).toStrictEqual(answered('a at 1'));
});
