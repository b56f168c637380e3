import { type GooglePlace, googlePlaceFields } from '../sample/google-place.ts';

/** Paths of a field mask, by their first segment; `null` for a whole field. */
export type FieldMask = ReadonlyMap<keyof GooglePlace, readonly string[] | null>;

const isField = (name: string): name is keyof GooglePlace => (googlePlaceFields as readonly string[]).includes(name);

/** Reads `id,displayName.text,*`. Like Google, it allows no blanks, and knows no `places.` prefix here. */
export function parseFieldMask(mask: string): { mask: FieldMask } | { unknownPath: string } {
  const paths = new Map<keyof GooglePlace, string[] | null>();
  for (const path of mask.split(',')) {
    const [name = '', ...rest] = path.split('.');
    if (path === '*') for (const field of googlePlaceFields) paths.set(field, null);
    else if (!isField(name)) return { unknownPath: path };
    else if (rest.length === 0) paths.set(name, null);
    else if (paths.get(name) !== null) paths.set(name, [...(paths.get(name) ?? []), rest.join('.')]);
  }
  return { mask: paths };
}

/** One level down is as deep as callers go: `displayName.text`, `location.latitude`. */
export function maskPlace(place: GooglePlace, mask: FieldMask): Partial<GooglePlace> {
  const masked: Record<string, unknown> = {};
  for (const [name, inner] of mask) {
    const value = place[name];
    if (value === undefined) continue;
    masked[name] = inner ? Object.fromEntries(Object.entries(value).filter(([key]) => inner.includes(key))) : value;
  }
  return masked as Partial<GooglePlace>;
}
