import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { type CallDeps, call, faultOf } from './client.ts';
import type { Row } from './ledger-rows.ts';

/** Rows of the ledger's table, read strongly consistent and written under conditions: a condition that does not hold is an answer, `false`. */
export class TableRows {
  readonly #documents: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #deps: CallDeps;

  constructor(client: DynamoDBClient, table: string, deps: CallDeps) {
    this.#documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
    this.#table = table;
    this.#deps = deps;
  }

  #call<T>(operation: () => Promise<T>, deps = this.#deps): Promise<T> {
    return call('ledger', deps, operation);
  }

  /** `undefined` when the condition did not hold. */
  async #conditional<T>(operation: () => Promise<T>, deps = this.#deps): Promise<T | undefined> {
    try {
      return await this.#call(operation, deps);
    } catch (error) {
      if (faultOf(error) === 'condition') return undefined;
      throw error;
    }
  }

  /** False when the condition did not hold. */
  async #holds(operation: () => Promise<unknown>, deps = this.#deps): Promise<boolean> {
    return (await this.#conditional(operation, deps)) !== undefined;
  }

  async get(Key: { PK: string; SK: string }): Promise<Row | undefined> {
    const { Item } = await this.#call(() => this.#documents.send(new GetCommand({ TableName: this.#table, Key, ConsistentRead: true })));
    return Item;
  }

  async query(input: Omit<QueryCommandInput, 'TableName'>): Promise<Row[]> {
    const rows: Row[] = [];
    let from: Row | undefined;
    do {
      const command = new QueryCommand({ TableName: this.#table, ...input, ...(from && { ExclusiveStartKey: from }) });
      const page = await this.#call(() => this.#documents.send(command));
      rows.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from && rows.length < (input.Limit ?? Number.POSITIVE_INFINITY));
    return rows;
  }

  put(Item: Row, ConditionExpression?: string, values?: Row, names?: Record<string, string>): Promise<boolean> {
    const command = new PutCommand({
      TableName: this.#table,
      Item,
      ...(ConditionExpression && { ConditionExpression }),
      ...(values && { ExpressionAttributeValues: values }),
      ...(names && { ExpressionAttributeNames: names }),
    });
    return this.#holds(() => this.#documents.send(command));
  }

  delete(Key: Row, ConditionExpression?: string, values?: Row): Promise<boolean> {
    const command = new DeleteCommand({
      TableName: this.#table,
      Key,
      ...(ConditionExpression && { ConditionExpression }),
      ...(values && { ExpressionAttributeValues: values }),
    });
    return this.#holds(() => this.#documents.send(command));
  }

  /**
   * Adds to a number; false when the condition, which may name it `#${name}`, did not hold. A try whose answer was lost is made again, and may
   * add twice; one that takes away is not, and throws.
   */
  add(Key: Row, name: string, by: number, ConditionExpression: string, values: Row = {}): Promise<boolean> {
    const command = new UpdateCommand({
      TableName: this.#table,
      Key,
      UpdateExpression: `ADD #${name} :by`,
      ConditionExpression,
      ExpressionAttributeNames: { [`#${name}`]: name },
      ExpressionAttributeValues: { ...values, ':by': by },
    });
    return this.#holds(() => this.#documents.send(command), { ...this.#deps, once: by < 0 });
  }

  /** Sets attributes; false when the condition did not hold. */
  async update(
    Key: Row,
    change: object,
    condition: string | undefined,
    values: Row = {},
    names: Record<string, string> = {},
  ): Promise<boolean> {
    return this.#holds(() => this.#documents.send(new UpdateCommand(this.#updateOf(Key, change, condition, values, names))));
  }

  /** Sets parts of a map that is there. */
  async updateWithin(Key: Row, map: string, change: object): Promise<void> {
    const input = this.#updateOf(Key, change, undefined, {}, { '#map': map }, '#map.');
    await this.#holds(() => this.#documents.send(new UpdateCommand(input)));
  }

  /** Sets attributes, and returns the row as it is then; `undefined` when the condition did not hold. */
  async change(Key: Row, change: object, condition: string, values: Row, names: Record<string, string>): Promise<Row | undefined> {
    const input = { ...this.#updateOf(Key, change, condition, values, names), ReturnValues: 'ALL_NEW' as const };
    const answer = await this.#conditional(() => this.#documents.send(new UpdateCommand(input)));
    return answer?.Attributes;
  }

  #updateOf(
    Key: Row,
    change: object,
    condition: string | undefined,
    values: Row,
    names: Record<string, string>,
    within = '',
  ): UpdateCommandInput {
    const entries = Object.entries(change).filter(([, value]) => value !== undefined);
    return {
      TableName: this.#table,
      Key,
      UpdateExpression: `SET ${entries.map((_, index) => `${within}#u${index} = :u${index}`).join(', ')}`,
      ...(condition && { ConditionExpression: condition }),
      ExpressionAttributeNames: { ...names, ...Object.fromEntries(entries.map(([name], index) => [`#u${index}`, name])) },
      ExpressionAttributeValues: { ...values, ...Object.fromEntries(entries.map(([, value], index) => [`:u${index}`, value])) },
    };
  }
}
