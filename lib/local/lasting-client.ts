import type { ServiceClient } from '../core/ports.ts';

interface Reached {
  url: string;
  client: ServiceClient;
}

/**
 * A client of a background process that ends when nobody asks it for a while: during a gate, or while all answers are known. A call that meets nobody
 * has it started again, once for all calls that do, and is made anew if it is to be found elsewhere now.
 *
 * `find`: where it answers; starts it where it does not.
 */
export async function lastingClient(find: () => Promise<string>, clientAt: (url: string) => ServiceClient): Promise<ServiceClient> {
  const reach = async (): Promise<Reached> => {
    const url = await find();
    return { url, client: clientAt(url) };
  };
  let last = await reach();
  let reaching: Promise<Reached> | undefined;
  const again = async (): Promise<Reached> => {
    reaching ??= reach().finally(() => {
      reaching = undefined;
    });
    last = await reaching;
    return last;
  };
  return {
    async call(request, signal) {
      const met = last;
      try {
        return await met.client.call(request, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        const { url, client } = last === met ? await again() : last;
        if (url === met.url) throw error;
        return client.call(request, signal);
      }
    },
  };
}
