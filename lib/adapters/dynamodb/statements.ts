import { type AttributeValue, type Images, type Item, sameValue } from '../../core/attribute-value.ts';
import type { Write } from '../../core/write.ts';

/** DynamoDB's limits on one statement; a text it refuses fails the whole batch. Beyond about a hundred conditions it has refused shorter texts. */
const MAX_STATEMENT_BYTES = 8_192;
const MAX_CONDITIONS = 100;

/** What the texts of one table's statements have in common, whatever their values are. */
export interface Shape {
  /** `undefined`: PartiQL cannot say it. */
  readonly text: string | undefined;
  /** How often a write of this shape was refused as a statement, and taken as a call. */
  refusals: number;
}

export interface Statement {
  shape: Shape;
  Statement: string;
  Parameters: AttributeValue[];
}

/** So often, and a shape is no more sent as a statement: the endpoint minds how it is said, not what. */
export const MAX_REFUSALS = 3;

/** So many shapes are kept: enough for any definition, and nothing that grows with the items. */
const MAX_SHAPES = 1_000;

/**
 * Writes as PartiQL statements for one table, with the very conditions of the calls that they stand for. A shape's text is made once;
 * an item costs its parameters. `undefined`: PartiQL has no way to say it, so that it must be a call.
 *
 * Source: "PartiQL - A SQL-compatible query language for Amazon DynamoDB", Amazon DynamoDB Developer Guide.
 */
export function statementMaker(table: string): (write: Write) => Statement | undefined {
  const shapes = new Map<string, Shape>();
  const into = quoted(table);

  const shapeOf = (id: string, text: () => string | undefined): Shape => {
    const known = shapes.get(id);
    if (known) return known;
    if (shapes.size >= MAX_SHAPES) shapes.clear();
    const shape: Shape = { text: text(), refusals: 0 };
    shapes.set(id, shape);
    return shape;
  };

  return (write) => {
    const Parameters: AttributeValue[] = [];
    const shape = shapeOf(identify(write, Parameters), () => textOf(into, write));
    if (shape.text === undefined || shape.refusals >= MAX_REFUSALS || !holdsItsKey(write)) return undefined;
    return { shape, Statement: shape.text, Parameters };
  };
}

/** A text that is equal for writes of one shape, while their parameters are gathered in the order of `textOf`. */
function identify(write: Write, parameters: AttributeValue[]): string {
  const { kind, key } = write;
  if (kind === 'create') return `+${named(write.item, parameters)}`;
  if (kind === 'delete') return `-${named(key, parameters)}?${namedBeside(key, write.item, parameters)}`;
  return `${named(write.after, parameters)}@${named(key, parameters)}?${namedBeside(key, write.expect, parameters)}`;
}

/** A name's length tells where it ends, whatever it is made of. */
function named(images: Images, parameters: AttributeValue[]): string {
  let names = '';
  for (const name of Object.keys(images)) {
    const image = images[name];
    if (image) parameters.push(image);
    names += `${image ? '=' : '!'}${name.length}:${name}`;
  }
  return names;
}

function namedBeside(key: Item, images: Images, parameters: AttributeValue[]): string {
  let names = '';
  for (const name of Object.keys(images)) {
    if (Object.hasOwn(key, name)) continue;
    const image = images[name];
    if (image) parameters.push(image);
    names += `${image ? '=' : '!'}${name.length}:${name}`;
  }
  return names;
}

/** Two conditions on one key attribute are no statement; a call is told what they come to. */
const holdsItsKey = ({ key, ...write }: Write): boolean => {
  const held = write.kind === 'update' ? write.expect : write.item;
  for (const name of Object.keys(key)) if (Object.hasOwn(held, name) && !sameValue(key[name], held[name])) return false;
  return true;
};

function textOf(into: string, write: Write): string | undefined {
  const { key } = write;
  const held = write.kind === 'update' ? write.expect : write.item;
  const changed = write.kind === 'update' ? write.after : {};
  const names = [...Object.keys(key), ...Object.keys(held), ...Object.keys(changed)];
  if (!names.every(canBeSaid)) return undefined;
  if (write.kind === 'create') return fitting(`INSERT INTO ${into} VALUE {${Object.keys(held).map((name) => `${inItem(name)}:?`)}}`);

  const beside = Object.entries(held).filter(([name]) => !Object.hasOwn(key, name));
  const conditions = [
    ...Object.keys(key).map((name) => `${quoted(name)}=?`),
    ...beside.map(([name, value]) => (value ? `${quoted(name)}=?` : `${quoted(name)} IS MISSING`)),
  ];
  if (conditions.length > MAX_CONDITIONS) return undefined;
  const where = conditions.join(' AND ');
  if (write.kind === 'delete') return fitting(`DELETE FROM ${into} WHERE ${where} RETURNING ALL OLD *`);
  const clauses = Object.entries(changed).map(([name, value]) => (value ? `SET ${quoted(name)}=?` : `REMOVE ${quoted(name)}`));
  return clauses.length === 0 ? undefined : fitting(`UPDATE ${into} ${clauses.join(' ')} WHERE ${where}`);
}

const fitting = (text: string): string | undefined => (Buffer.byteLength(text) > MAX_STATEMENT_BYTES ? undefined : text);

/** Others are taken for a placeholder of an expression, or for nothing at all. */
export const canBeSaid = (name: string): boolean => name !== '' && !name.startsWith('#') && !name.startsWith(':');

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const inItem = (name: string): string => `'${name.replaceAll("'", "''")}'`;
