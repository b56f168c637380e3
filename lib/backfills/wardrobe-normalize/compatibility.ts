import { moodTable } from './compatibility/mood.ts';
import { occasionTable } from './compatibility/occasion.ts';
import { styleTable } from './compatibility/style.ts';
import { partnersOf, type Table } from './compatibility/table.ts';
import { normalizedOf, textsOf } from './normalize.ts';
import type { Field } from './schema.ts';
import { spellingKey } from './spelling.ts';

/** The fields that a request can ask for. */
export const REQUEST_FIELDS = ['style', 'occasion', 'mood'] as const;

export type RequestField = (typeof REQUEST_FIELDS)[number];

/** What somebody wants to wear. A field that is absent or blank is not asked for. */
export type Request = Partial<Record<RequestField, string>>;

/** An item's raw fields and, where it has been normalised, `normalized`: native values of whatever shape. */
export type Item = Partial<Record<Field, unknown>> & { normalized?: unknown };

/** `traditional` takes equal values alone, `semantic` compatible ones too. In both, separators and case do not matter. */
export type FilterMode = 'traditional' | 'semantic';

/** How one field of a request stands to an item. Only `different` and `missing` keep the item out. */
export type Agreement = 'not-asked' | 'equal' | 'compatible' | 'any-mood' | 'different' | 'missing';

function graphOf({ both, oneWay }: Table): ReadonlyMap<string, ReadonlySet<string>> {
  const graph = new Map<string, Set<string>>();
  const add = (from: string, to: string): void => {
    const key = spellingKey(from);
    graph.set(key, (graph.get(key) ?? new Set()).add(spellingKey(to)));
  };
  for (const [value, partners] of Object.entries(both)) {
    for (const partner of partnersOf(partners)) {
      add(value, partner);
      add(partner, value);
    }
  }
  for (const [value, partners] of Object.entries(oneWay)) for (const partner of partnersOf(partners)) add(value, partner);
  return graph;
}

const GRAPHS: Readonly<Record<RequestField, ReadonlyMap<string, ReadonlySet<string>>>> = {
  style: graphOf(styleTable),
  occasion: graphOf(occasionTable),
  mood: graphOf(moodTable),
};

/** Whether a request for `wanted` finds an item that has `found`. Every value finds itself, known or not. */
export function isCompatible(field: RequestField, wanted: string, found: string): boolean {
  const [from, to] = [spellingKey(wanted), spellingKey(found)];
  return from === to || (GRAPHS[field].get(from)?.has(to) ?? false);
}

/** The values that readers go by: the normalised ones where there are any, else the raw ones in lower case. */
export function readValues(item: Item, field: Field): string[] {
  const normalized = textsOf(normalizedOf(item)?.[field]);
  const values = normalized.length > 0 ? normalized : textsOf(item[field]);
  return values.map((value) => value.trim().toLowerCase()).filter(Boolean);
}

function agreementOf(field: RequestField, wanted: string | undefined, item: Item, mode: FilterMode): Agreement {
  if (wanted === undefined || spellingKey(wanted) === '') return 'not-asked';
  const values = readValues(item, field);
  // Most items carry no mood: they go with every one.
  if (values.length === 0) return field === 'mood' ? 'any-mood' : 'missing';
  if (values.some((value) => spellingKey(value) === spellingKey(wanted))) return 'equal';
  return mode === 'semantic' && values.some((value) => isCompatible(field, wanted, value)) ? 'compatible' : 'different';
}

/** Field by field, why an item is found or not. */
export const explain = (request: Request, item: Item, mode: FilterMode = 'semantic'): Record<RequestField, Agreement> => ({
  style: agreementOf('style', request.style, item, mode),
  occasion: agreementOf('occasion', request.occasion, item, mode),
  mood: agreementOf('mood', request.mood, item, mode),
});

/** Whether an item is found. An empty request finds everything; each field that is asked for must agree by itself. */
export const matches = (request: Request, item: Item, mode: FilterMode = 'semantic'): boolean =>
  Object.values(explain(request, item, mode)).every((agreement) => agreement !== 'different' && agreement !== 'missing');
