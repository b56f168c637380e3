/**
 * `made-up-table.ts ITEMS BYTES`: a DynamoDB at a free port of the loopback, which it prints, whose bench table has so many items of such a
 * size, made up as they are read; what is written there is said to have landed. All else is dynalite, in memory. Ends with its standard input.
 */
import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import dynalite from 'dynalite';
import { type Item, itemSize } from '../../lib/core/attribute-value.ts';
import { BATCH_SIZE, benchItem, TABLE } from './workload.ts';

const [items = 0, bytes = 0] = process.argv.slice(2).map(Number);

/** As DynamoDB has them. */
const PAGE_BYTES = 1_048_576;
const perPage = Math.max(1, Math.min(BATCH_SIZE, Math.floor(PAGE_BYTES / bytes)));

/** An item fills up in an attribute that the condition holds fast, which is the worst case: it goes through judge, journal and statement. */
function itemOf(number: number): Item {
  const item = benchItem(number);
  return { ...item, label: { S: 'x'.repeat(Math.max(0, bytes - itemSize(item))) } };
}

interface Scan {
  Segment?: number;
  TotalSegments?: number;
  ExclusiveStartKey?: { id: { S: string } };
}

/** A segment has so many items that follow one another; the cursor is an item's key, as ever. */
function scan({ Segment = 0, TotalSegments = 1, ExclusiveStartKey }: Scan): object {
  const perSegment = Math.ceil(items / TotalSegments);
  const last = Math.min((Segment + 1) * perSegment, items);
  const at = ExclusiveStartKey ? Number(ExclusiveStartKey.id.S.slice('item-'.length)) + 1 : Segment * perSegment;
  const Items = Array.from({ length: Math.max(0, Math.min(perPage, last - at)) }, (_, index) => itemOf(at + index));
  const id = at + Items.length < last ? Items.at(-1)?.id : undefined;
  return { Items, Count: Items.length, ScannedCount: Items.length, ...(id && { LastEvaluatedKey: { id } }) };
}

/** What the bench table answers; `undefined`: dynalite is asked. */
function madeUp(operation: string | undefined, asked: Buffer): object | undefined {
  if (operation !== 'Scan' && operation !== 'UpdateItem' && operation !== 'BatchExecuteStatement') return undefined;
  const request = JSON.parse(asked.toString());
  // Nobody sends a statement for the ledger.
  if (operation === 'BatchExecuteStatement') return { Responses: request.Statements.map(() => ({ TableName: TABLE })) };
  if (request.TableName !== TABLE) return undefined;
  return operation === 'Scan' ? scan(request) : {};
}

const database = dynalite({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const asked = await buffer(request);
  const operation = String(request.headers['x-amz-target']).split('.').at(-1);
  const made = madeUp(operation, asked);
  if (made) {
    response.setHeader('content-type', 'application/x-amz-json-1.0').end(JSON.stringify(made));
    return;
  }
  const { method, url, headers } = request;
  const again = Object.assign(new EventEmitter(), { method, url, headers });
  database.emit('request', again, response);
  again.emit('data', asked);
  again.emit('end');
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
});
server.listen(0, '127.0.0.1', () => console.log(`PORT ${(server.address() as AddressInfo).port}`));
process.stdin.resume().on('close', () => process.exit());
