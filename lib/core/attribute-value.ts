/**
 * DynamoDB's typed values as plain data: compared by value, measured, and written as JSON.
 *
 * Numbers stay decimal strings from the table to the journal and back; nothing here rounds them.
 */

export type AttributeValue =
  | { S: string }
  | { N: string }
  | { B: Uint8Array }
  | { BOOL: boolean }
  | { NULL: true }
  | { L: AttributeValue[] }
  | { M: Record<string, AttributeValue> }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: Uint8Array[] };

export type Item = Record<string, AttributeValue>;

/** An item's primary key: its partition key and, where the table has one, its sort key. */
export type Key = Item;

/** Attributes as they were or shall be; `null` says that the attribute is absent. */
export type Images = Record<string, AttributeValue | null>;

/** As most numbers are written: it spares them what the others need. */
const WHOLE = /^-?[1-9]\d*$/;

/** A number's one spelling: `-?digits` times a power of ten, without leading or trailing zeros. */
export function canonicalNumber(text: string): string {
  if (WHOLE.test(text)) {
    const significant = text.endsWith('0') ? text.replace(/0+$/, '') : text;
    return `${significant}e${text.length - significant.length}`;
  }
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text.trim());
  if (!match) return text;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  if (digits === '') return '0';
  const significant = digits.replace(/0+$/, '');
  const power = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${sign === '-' ? '-' : ''}${significant}e${power}`;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** As JSON has it; most texts need no escapes, and are spared the call. */
const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));
const PLAIN = /^[ !#-[\]-~]*$/;

/** A text that is equal for two values exactly when DynamoDB holds them to be equal. */
export function canonicalValue(value: AttributeValue): string {
  // A value has one name: asking which it is once is cheaper than asking ten times, and it is asked of every value that is read.
  for (const type in value) return canonicalOf(type as keyof Typed, value as unknown as Typed);
  return '';
}

/** A value of whatever type: only one of these is there. */
interface Typed {
  S: string;
  N: string;
  B: Uint8Array;
  BOOL: boolean;
  NULL: true;
  L: AttributeValue[];
  M: Item;
  SS: string[];
  NS: string[];
  BS: Uint8Array[];
}

function canonicalOf(type: keyof Typed, value: Typed): string {
  switch (type) {
    case 'S':
      return PLAIN.test(value.S) ? `S"${value.S}"` : `S${JSON.stringify(value.S)}`;
    case 'N':
      return `N:${canonicalNumber(value.N)}`;
    case 'B':
      return `B:${base64(value.B)}`;
    case 'BOOL':
      return `BOOL${value.BOOL}`;
    case 'NULL':
      return 'NULL';
    case 'L':
      return `L[${value.L.map(canonicalValue).join(',')}]`;
    case 'M':
      return `M${canonicalItem(value.M)}`;
    case 'SS':
      return `SS${JSON.stringify(inOrder(value.SS))}`;
    case 'NS':
      return `NS${JSON.stringify(inOrder(value.NS.map(canonicalNumber)))}`;
    default:
      return `BS${JSON.stringify(inOrder(value.BS.map(base64)))}`;
  }
}

/** Sets mostly come sorted: these are not copied. */
function inOrder(texts: readonly string[]): readonly string[] {
  for (let place = 1; place < texts.length; place += 1) {
    if ((texts[place - 1] as string) > (texts[place] as string)) return [...texts].sort();
  }
  return texts;
}

/** As `canonicalValue`, for a whole item: the order of its attributes does not matter. */
export const canonicalItem = (item: Item): string => canonicalItemWithout(item, []);

export function canonicalItemWithout(item: Item, left: readonly string[]): string {
  const { sorted, labels } = shapeOf(item);
  let text = '';
  for (let place = 0; place < sorted.length; place += 1) {
    const name = sorted[place] as string;
    if (left.length > 0 && left.includes(name)) continue;
    text += (text === '' ? '{' : ',') + labels[place] + canonicalValue(item[name] as AttributeValue);
  }
  return text === '' ? '{}' : `${text}}`;
}

/** The names of an item, as they came, sorted, and as they are written before a value. */
interface Shape {
  names: readonly string[];
  sorted: readonly string[];
  labels: readonly string[];
}

/** Of a table's items most have the same names in the same order: they are sorted once. By the first of them; what is not needed any more is forgotten. */
const shapes = new Map<string, Shape>();
const MAX_SHAPES = 1_000;
const NO_SHAPE: Shape = { names: [], sorted: [], labels: [] };

function shapeOf(item: Item): Shape {
  const known = knownShapeOf(item);
  if (known) return known;
  const names = Object.keys(item);
  const [first] = names;
  if (first === undefined) return NO_SHAPE;
  const sorted = [...names].sort();
  const shape = { names, sorted, labels: sorted.map((name) => `${quoted(name)}:`) };
  if (shapes.size >= MAX_SHAPES) shapes.clear();
  shapes.set(first, shape);
  return shape;
}

function knownShapeOf(item: Item): Shape | undefined {
  let known: Shape | undefined;
  let place = 0;
  for (const name in item) {
    if (place === 0) known = shapes.get(name);
    if (known?.names[place] !== name) return undefined;
    place += 1;
  }
  return known?.names.length === place ? known : undefined;
}

export function sameValue(a: AttributeValue | null | undefined, b: AttributeValue | null | undefined): boolean {
  if (a == null || b == null) return a == null && b == null;
  if (a === b) return true;
  if ('S' in a && 'S' in b) return a.S === b.S;
  if ('N' in a && 'N' in b && a.N === b.N) return true;
  return canonicalValue(a) === canonicalValue(b);
}

/** An item's own attribute: one may be called `constructor`. */
export const attributeOf = (item: Item, name: string): AttributeValue | undefined => (Object.hasOwn(item, name) ? item[name] : undefined);

export function sameItem(a: Item, b: Item): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => sameValue(a[name], attributeOf(b, name)));
}

/** True when `item` holds every attribute exactly as `images` has it (absent where it says `null`). */
export function matchesImages(item: Item, images: Images): boolean {
  for (const name in images) if (!sameValue(attributeOf(item, name), images[name])) return false;
  return true;
}

/** A text that identifies a key within its table. */
export const keyId = (key: Key): string => canonicalItem(key);

export function pick(item: Item, names: readonly string[]): Item {
  const picked: Item = {};
  for (const name of names) {
    const value = attributeOf(item, name);
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

const utf8 = (text: string): number => Buffer.byteLength(text, 'utf8');

function numberSize(text: string): number {
  const canonical = canonicalNumber(text);
  const end = canonical.indexOf('e');
  const digits = (end < 0 ? canonical.length : end) - (canonical.startsWith('-') ? 1 : 0);
  return Math.min(21, Math.ceil(digits / 2) + 1 + (text.startsWith('-') ? 1 : 0));
}

function valueSize(value: AttributeValue): number {
  if ('S' in value) return utf8(value.S);
  if ('N' in value) return numberSize(value.N);
  if ('B' in value) return value.B.byteLength;
  if ('BOOL' in value || 'NULL' in value) return 1;
  if ('L' in value) return 3 + value.L.reduce((sum, entry) => sum + 1 + valueSize(entry), 0);
  if ('M' in value) return 3 + Object.keys(value.M).length + itemSize(value.M);
  if ('SS' in value) return value.SS.reduce((sum, entry) => sum + utf8(entry), 0);
  if ('NS' in value) return value.NS.reduce((sum, entry) => sum + numberSize(entry), 0);
  return value.BS.reduce((sum, entry) => sum + entry.byteLength, 0);
}

/**
 * An item's size in bytes by DynamoDB's published rules (names and values in UTF-8; a number about one byte for two digits).
 * Source: "DynamoDB item sizes and formats", Amazon DynamoDB Developer Guide.
 */
export function itemSize(item: Item): number {
  let bytes = 0;
  for (const name in item) bytes += attributeSize(name, item[name] as AttributeValue);
  return bytes;
}

/** As `itemSize`, of one attribute; 0 for one that is absent. */
export const attributeSize = (name: string, value: AttributeValue | null | undefined): number =>
  value ? utf8(name) + valueSize(value) : 0;

/** DynamoDB's limit on one item, in bytes (400 KB). */
export const MAX_ITEM_BYTES = 409_600;

type JsonValue = { [type: string]: unknown };

/** Whether anything in it is written otherwise in JSON: bytes, as base64. */
const hasBytes = (value: object): boolean => {
  if ('B' in value || 'BS' in value) return true;
  if ('L' in value) return (value.L as object[]).some(hasBytes);
  return 'M' in value && holdsBytes(value.M as object);
};

const holdsBytes = (item: object): boolean => {
  for (const name in item) {
    const value = (item as Record<string, object | null>)[name];
    if (value && hasBytes(value)) return true;
  }
  return false;
};

/** A value as JSON: binary becomes base64, everything else stays as DynamoDB's own JSON has it. */
export function toJson(value: AttributeValue): JsonValue {
  if ('B' in value) return { B: base64(value.B) };
  if ('BS' in value) return { BS: value.BS.map(base64) };
  if ('L' in value) return { L: value.L.map(toJson) };
  if ('M' in value) return { M: itemToJson(value.M) };
  return value;
}

export function fromJson(json: JsonValue): AttributeValue {
  if (typeof json.B === 'string') return { B: new Uint8Array(Buffer.from(json.B, 'base64')) };
  if (Array.isArray(json.BS)) return { BS: json.BS.map((entry: string) => new Uint8Array(Buffer.from(entry, 'base64'))) };
  if (Array.isArray(json.L)) return { L: (json.L as JsonValue[]).map(fromJson) };
  if (json.M !== undefined) return { M: itemFromJson(json.M as Record<string, JsonValue>) };
  return json as AttributeValue;
}

/** Each value converted; most have nothing to convert, and are the same object then. */
const converted = <A extends object, B>(values: Record<string, A | null>, convert: (value: A) => B): Record<string, B | null> =>
  holdsBytes(values)
    ? Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value && convert(value)]))
    : (values as unknown as Record<string, B | null>);

export const itemToJson = (item: Item): Record<string, JsonValue> => converted(item, toJson) as Record<string, JsonValue>;

export const itemFromJson = (json: Record<string, JsonValue>): Item => converted(json, fromJson) as Item;

export const imagesToJson = (images: Images): Record<string, JsonValue | null> => converted(images, toJson);

export const imagesFromJson = (json: Record<string, JsonValue | null>): Images => converted(json, fromJson);
