import { textsOf } from '../normalize.ts';
import { FIELDS } from '../schema.ts';
import { canonical } from '../spelling.ts';
import type { Judged } from './judged.ts';

const ISO_UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

function listDefects(field: string, values: unknown, original: unknown): string[] {
  if (values === undefined || values === null) return [`${field} is missing`];
  if (!Array.isArray(values)) return [`${field} is no list`];
  if (values.some((value) => typeof value !== 'string')) return [`${field} holds what is no text`];
  const texts = values as string[];
  const defects: string[] = [];
  if (texts.some((text) => text !== text.toLowerCase())) defects.push(`${field} has upper case`);
  if (texts.some((text) => text === '' || /\s/.test(text))) defects.push(`${field} has a blank`);
  if (new Set(texts).size < texts.length) defects.push(`${field} repeats a value`);
  // An original of blanks, numbers or separators alone names no value that could have been kept.
  if (texts.length === 0 && textsOf(original).some((text) => canonical(text) !== ''))
    defects.push(`${field} is empty, its original is not`);
  return defects;
}

/** What is wrong with the shape of what stands in `normalized`. */
export function qualityDefects({ item, normalized }: Judged): string[] {
  if (!normalized) return ['normalized is no map'];
  const { normalized_at: at, normalized_version: version } = normalized;
  const defects = FIELDS.flatMap((field) => listDefects(field, normalized[field], item[field]));
  if (typeof at !== 'string' || !ISO_UTC.test(at) || Number.isNaN(Date.parse(at))) defects.push('normalized_at is no time in UTC');
  if (typeof version !== 'string' || version === '') defects.push('normalized_version is missing');
  return defects;
}
