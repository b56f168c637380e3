import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Answer } from '../../core/definition.ts';
import type { ServiceCache } from '../../core/ports.ts';
import { type CallDeps, call } from './client.ts';

const GET_BATCH = 100;
const PUT_BATCH = 25;

/** Answers of outside services, shared by all workers. `expiresAt` is the table's TTL attribute, in seconds; what is past it counts as absent though it may still lie there. */
export function serviceCache(client: DynamoDBClient, table: string, deps: CallDeps): ServiceCache {
  const documents = DynamoDBDocumentClient.from(client);
  const keyOf = (service: string, request: string) => ({ PK: `${service}#${request}` });

  return {
    async getMany(service, requests) {
      const answers = new Map<string, Answer<unknown>>();
      const nowSeconds = deps.clock.now() / 1000;
      for (let start = 0; start < requests.length; start += GET_BATCH) {
        const Keys = requests.slice(start, start + GET_BATCH).map((request) => keyOf(service, request));
        const page = await call('ledger', deps, () => documents.send(new BatchGetCommand({ RequestItems: { [table]: { Keys } } })));
        // Keys left unprocessed are simply not known: the worst of it is a call made twice.
        for (const row of page.Responses?.[table] ?? []) {
          if (row.expiresAt > nowSeconds) answers.set(row.request, JSON.parse(row.answer));
        }
      }
      return answers;
    },

    async putMany(service, answers, expires) {
      const expiresAt = Math.floor(expires / 1000);
      const rows = [...answers].map(([request, answer]) => ({
        ...keyOf(service, request),
        request,
        answer: JSON.stringify(answer),
        expiresAt,
      }));
      for (let start = 0; start < rows.length; start += PUT_BATCH) {
        const puts = rows.slice(start, start + PUT_BATCH).map((Item) => ({ PutRequest: { Item } }));
        // What is left unprocessed is not cached; the worst of it, again, is a call made twice.
        await call('ledger', deps, () => documents.send(new BatchWriteCommand({ RequestItems: { [table]: puts } })));
      }
    },
  };
}
