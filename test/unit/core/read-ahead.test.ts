import { ReadAhead } from '../../../lib/core/read-ahead.ts';
import { idOf } from '../../support/thing-definitions.ts';

const never = new Promise<string>(() => undefined);

describe('a page that was begun ahead', () => {
  test('is handed out once, to whoever goes on from there', async () => {
    const ahead = new ReadAhead<string>();
    const from = idOf('a');
    ahead.begin(from, Promise.resolve('page'));
    expect(await ahead.take(from)).toBe('page');
    expect(ahead.take(from)).toBeUndefined();
  });

  test('is no use to those who go on from somewhere else', () => {
    const ahead = new ReadAhead<string>();
    ahead.begin(idOf('a'), never);
    expect(ahead.take(null)).toBeUndefined();
  });

  test('is told when it is not wanted any more, and waited for', async () => {
    const ahead = new ReadAhead<string>();
    const { signal } = new AbortController();
    const wanted = ahead.wanted(signal);
    ahead.begin(null, new Promise((resolve) => wanted.addEventListener('abort', () => resolve('half'))));
    expect(wanted.aborted).toBe(false);
    expect(await ahead.drop()).toBe('half');
    expect(ahead.take(null)).toBeUndefined();
  });

  test('fails nobody who does not want it', async () => {
    const ahead = new ReadAhead<string>();
    ahead.begin(null, Promise.reject(new Error('no')));
    expect(await ahead.drop()).toBeUndefined();
    expect(await new ReadAhead<string>().drop()).toBeUndefined();
  });

  test('stops with its worker', () => {
    const worker = new AbortController();
    const wanted = new ReadAhead<string>().wanted(worker.signal);
    worker.abort(new Error('stop'));
    expect(wanted.reason).toStrictEqual(new Error('stop'));
  });
});
