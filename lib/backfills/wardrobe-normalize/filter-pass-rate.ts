import { type FilterMode, type Item, matches, type Request } from './compatibility.ts';
import { isCurrent } from './normalize.ts';

/** A request that the report asks, under the name that a person reads. */
export interface NamedRequest extends Request {
  name: string;
}

/** What people ask a wardrobe for. */
export const USUAL_REQUESTS: readonly NamedRequest[] = [
  { name: 'Business', occasion: 'business' },
  { name: 'Beach', occasion: 'beach' },
  { name: 'Classic work', style: 'classic', occasion: 'work' },
  { name: 'Casual weekend', style: 'casual', occasion: 'weekend', mood: 'relaxed' },
  { name: 'Dinner date', occasion: 'date', mood: 'romantic' },
  { name: 'Elegant wedding', style: 'elegant', occasion: 'wedding' },
  { name: 'Workout', style: 'athletic', occasion: 'workout' },
  { name: 'Edgy night out', style: 'edgy', occasion: 'night out' },
];

/** Items that pass the filter, counted and as a share of all items, in per cent with one decimal. */
export interface PassRate {
  passed: number;
  percent: number;
}

export interface FilterPassRate {
  items: number;
  /** Of them, those with a current `normalized`; the others were read raw. */
  normalized: number;
  requests: ({ request: NamedRequest } & Record<FilterMode, PassRate>)[];
}

/**
 * How many items each request finds, with and without the table of compatible values: the gain that turning semantic matching on would have.
 * Without items there is no share: `percent` is 0.
 */
export async function filterPassRate(
  requests: readonly NamedRequest[],
  items: Iterable<Item> | AsyncIterable<Item>,
): Promise<FilterPassRate> {
  const counts = requests.map((request) => ({ request, traditional: 0, semantic: 0 }));
  let seen = 0;
  let normalized = 0;
  for await (const item of items) {
    seen += 1;
    if (isCurrent(item)) normalized += 1;
    for (const count of counts) {
      if (matches(count.request, item, 'traditional')) count.traditional += 1;
      if (matches(count.request, item, 'semantic')) count.semantic += 1;
    }
  }
  const rate = (passed: number): PassRate => ({ passed, percent: seen === 0 ? 0 : Math.round((1000 * passed) / seen) / 10 });
  return {
    items: seen,
    normalized,
    requests: counts.map(({ request, traditional, semantic }) => ({ request, traditional: rate(traditional), semantic: rate(semantic) })),
  };
}
