import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

interface Input {
  TableName?: string;
  RequestItems?: Record<string, unknown>;
  TransactItems?: Record<string, { TableName?: string }>[];
  Statement?: string;
  Statements?: { Statement: string }[];
  TransactStatements?: { Statement: string }[];
}

/** The tables that a request names, in whatever way. */
function touches(table: string, { TableName, RequestItems, TransactItems, Statement, Statements, TransactStatements }: Input): boolean {
  const statements = [...(Statements ?? []), ...(TransactStatements ?? [])].map((one) => one.Statement);
  return (
    TableName === table ||
    Object.hasOwn(RequestItems ?? {}, table) ||
    (TransactItems ?? []).some((item) => Object.values(item).some((part) => part.TableName === table)) ||
    [Statement ?? '', ...statements].some((statement) => statement.includes(`"${table}"`))
  );
}

/** From now on every request that would change this table is refused, and noted. */
export function refusingWrites(dynamo: DynamoDBClient, table: string): { asked: string[]; restore: () => void } {
  const { send } = dynamo;
  const asked: string[] = [];
  dynamo.send = (async (command: { constructor: { name: string }; input: Input }, ...rest: unknown[]) => {
    const { name } = command.constructor;
    const isRead = /^(Get|BatchGet|Query|Scan|Describe|List)/.test(name);
    if (!isRead && touches(table, command.input)) {
      asked.push(name);
      throw new Error(`${name} is refused`);
    }
    return (send as (...given: unknown[]) => unknown).call(dynamo, command, ...rest);
  }) as typeof send;
  return {
    asked,
    restore: () => {
      dynamo.send = send;
    },
  };
}
