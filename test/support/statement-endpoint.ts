import type { BatchStatementResponse, ConsumedCapacity, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Abilities, Singly } from '../../lib/adapters/dynamodb/abilities.ts';
import type { AttributeValue } from '../../lib/core/attribute-value.ts';
import type { SentSingly } from '../../lib/core/write.ts';

/** What one request of the writer's was. */
export interface Asked {
  name: string;
  statements: { Statement: string; Parameters: AttributeValue[] }[];
  input: Record<string, unknown>;
}

type StatementAnswer = BatchStatementResponse | Error;

/** An endpoint that answers statements and calls as it is told; an error is thrown. */
export class StatementEndpoint {
  readonly asked: Asked[] = [];
  /** Of each statement of a batch, by its place; an error refuses the batch. */
  onStatement: (statement: Asked['statements'][number], place: number) => StatementAnswer = () => ({});
  onCall: (asked: Asked) => object | Error = () => ({ ConsumedCapacity: { CapacityUnits: 1 } });
  consumed: ConsumedCapacity[] | undefined = [{ CapacityUnits: 0 }];

  get names(): string[] {
    return this.asked.map(
      ({ name, statements }) => name.replace('Command', '') + (statements.length > 0 ? ` of ${statements.length}` : ''),
    );
  }

  readonly client = {
    send: async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
      const statements = (command.input.Statements ?? []) as Asked['statements'];
      const asked: Asked = { name: command.constructor.name, statements, input: command.input };
      this.asked.push(asked);
      const answers =
        statements.length > 0 ? statements.map((statement, place) => this.onStatement(statement, place)) : [this.onCall(asked)];
      const thrown = answers.find((answer) => answer instanceof Error);
      if (thrown) throw thrown;
      return statements.length > 0 ? { Responses: answers, ConsumedCapacity: this.consumed } : answers[0];
    },
  } as unknown as DynamoDBClient;
}

/** An error as the SDK throws it. */
export const thrown = (name: string, more: object = {}): Error => Object.assign(new Error(`it is ${name}`), { name, ...more });

/** What is found of an endpoint, told beforehand. */
export function knownAbilities(...found: [SentSingly['what'], string][]): Abilities {
  const singly: Singly = new Map(found);
  return { comparison: async () => 'whole', statements: async () => singly, deletions: async () => singly };
}
