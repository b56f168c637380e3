import { BatchGetItemCommand, type DynamoDBClient, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { type Item, type Key, keyId, pick } from '../../core/attribute-value.ts';
import type { IndexQuery } from '../../core/checks.ts';
import type { AnyDefinition } from '../../core/definition.ts';
import { addFingerprints, fingerprint, NO_FINGERPRINT } from '../../core/fingerprint.ts';
import { isEligible } from '../../core/intent.ts';
import type { Page, PageRequest, Share, SourceReader, TableInspector, TableReader, TargetReader } from '../../core/ports.ts';
import type { Native } from '../../core/result.ts';
import { type Backoff, backoffMs } from '../../core/retry.ts';
import { all } from './all.ts';
import { type CallDeps, call } from './client.ts';
import { codec } from './codec.ts';
import { describeTable, factsOf, surveyTable } from './survey.ts';

const GET_BATCH = 100;

/** For keys that DynamoDB left out of an answer: it gives no more than it can at the moment. */
const LEFT_OUT: Backoff = { attempts: Number.POSITIVE_INFINITY, baseMs: 100, capMs: 2_000 };

/** About the 1 MB that a page holds anyway. */
const SCAN_LIMIT = 1000;
const CAPACITY = { ReturnConsumedCapacity: 'TOTAL' as const };

// biome-ignore lint/suspicious/noExplicitAny: the SDK's unions name each other type of value as `never`
type SdkItem = any;

/** Expressions for the items that have these values, and for these attributes of them; every name is aliased, for it may be a reserved word. */
function selectionOf(where: Readonly<Record<string, string>>, attributes: readonly string[] = []) {
  const wanted = Object.entries(where);
  const names = [...wanted.map(([name], index) => [`#w${index}`, name]), ...attributes.map((name, index) => [`#a${index}`, name])];
  return {
    ...(wanted.length > 0 && {
      FilterExpression: wanted.map((_, index) => `#w${index} = :w${index}`).join(' AND '),
      ExpressionAttributeValues: Object.fromEntries(wanted.map(([, value], index) => [`:w${index}`, { S: value }])),
    }),
    ...(attributes.length > 0 && { ProjectionExpression: attributes.map((_, index) => `#a${index}`).join(', ') }),
    ...(names.length > 0 && { ExpressionAttributeNames: Object.fromEntries(names) }),
  };
}

/** A page of a parallel scan. A run's are eventually consistent: a stale item fails its write's condition and is read again. */
export function sourceReader(client: DynamoDBClient, table: string, deps: CallDeps): SourceReader {
  return {
    async readPage({
      segment,
      totalSegments,
      cursor,
      limit,
      where,
      consistent,
      attributes,
      signal,
      throttled,
    }: PageRequest): Promise<Page> {
      const command = new ScanCommand({
        TableName: table,
        Segment: segment,
        TotalSegments: totalSegments,
        Limit: limit,
        ...(cursor && { ExclusiveStartKey: cursor as SdkItem }),
        ...(consistent && { ConsistentRead: true }),
        ...selectionOf(where, attributes),
        ...CAPACITY,
      });
      const page = await call(
        'table',
        { ...deps, throttled },
        (abortSignal) => client.send(command, { ...(abortSignal && { abortSignal }) }),
        signal,
      );
      return {
        items: (page.Items ?? []) as Item[],
        scanned: page.ScannedCount ?? 0,
        cursor: (page.LastEvaluatedKey as Key | undefined) ?? null,
        readUnits: page.ConsumedCapacity?.CapacityUnits ?? 0,
      };
    },
  };
}

export function targetReader(client: DynamoDBClient, table: string, deps: CallDeps): TargetReader {
  return {
    async getMany(keys, { attributes, signal, throttled }) {
      const found = new Map<string, Item>();
      let readUnits = 0;
      const ids = keys.map(keyId);
      const unique = [...new Map(keys.map((key, index) => [ids[index], key])).values()];
      const keyNames = Object.keys(keys[0] ?? {});
      const projection = selectionOf({}, attributes);
      const readBatch = async (batch: readonly Key[]): Promise<void> => {
        let wanted = batch;
        for (let round = 0; wanted.length > 0; round += 1) {
          if (round > 0) await deps.clock.sleep(backoffMs(round, LEFT_OUT, deps.random), signal);
          const request = { RequestItems: { [table]: { Keys: wanted as SdkItem, ConsistentRead: true, ...projection } }, ...CAPACITY };
          const answer = await call(
            'table',
            { ...deps, throttled },
            (abortSignal) => client.send(new BatchGetItemCommand(request), { ...(abortSignal && { abortSignal }) }),
            signal,
          );
          for (const item of (answer.Responses?.[table] ?? []) as Item[]) found.set(keyId(pick(item, keyNames)), item);
          for (const { CapacityUnits = 0 } of answer.ConsumedCapacity ?? []) readUnits += CapacityUnits;
          wanted = (answer.UnprocessedKeys?.[table]?.Keys ?? []) as Key[];
        }
      };
      const batches: Promise<void>[] = [];
      for (let start = 0; start < unique.length; start += GET_BATCH) batches.push(readBatch(unique.slice(start, start + GET_BATCH)));
      await all(batches);
      return { items: ids.map((id) => found.get(id)), readUnits };
    },
  };
}

/** A table that does not say how many items it has is counted, up to so many pages of 1 MB. */
const COUNT_PAGES = 64;

/** A table that is said to have fewer items is counted, as far as that is cheap. */
const COUNTED_ANEW_BELOW = 10_000;

/** Segments that are hashed side by side. */
const HASH_SEGMENTS = 4;

export function tableInspector(client: DynamoDBClient, table: string, deps: CallDeps): TableInspector {
  const count = async (): Promise<number | null> => {
    let items = 0;
    let from: SdkItem;
    for (let page = 0; page < COUNT_PAGES; page += 1) {
      const command = new ScanCommand({ TableName: table, Select: 'COUNT', Limit: SCAN_LIMIT, ...(from && { ExclusiveStartKey: from }) });
      const answer = await call('table', deps, () => client.send(command));
      items += answer.Count ?? 0;
      from = answer.LastEvaluatedKey;
      if (!from) return items;
    }
    return null;
  };

  const hashOf = async (Segment: number): Promise<string> => {
    let sum = NO_FINGERPRINT;
    let from: SdkItem;
    do {
      const command = new ScanCommand({
        TableName: table,
        Segment,
        TotalSegments: HASH_SEGMENTS,
        ConsistentRead: true,
        Limit: SCAN_LIMIT,
        ...(from && { ExclusiveStartKey: from }),
      });
      const page = await call('table', deps, () => client.send(command));
      sum = addFingerprints(sum, fingerprint((page.Items ?? []) as Item[]));
      from = page.LastEvaluatedKey;
    } while (from);
    return sum;
  };

  const hash = async (): Promise<string> => {
    const sums = await Promise.all(Array.from({ length: HASH_SEGMENTS }, (_, segment) => hashOf(segment)));
    return sums.reduce(addFingerprints, NO_FINGERPRINT);
  };

  return {
    table,
    async describe() {
      const found = await describeTable(client, table, deps);
      return found && factsOf(found);
    },
    async estimateItems() {
      // ItemCount is up to six hours old: a small one is no evidence that the table is small now.
      const { ItemCount: counted = 0 } = (await describeTable(client, table, deps)) ?? {};
      return counted >= COUNTED_ANEW_BELOW ? counted : await count();
    },
    hash,
    survey: () => surveyTable(client, table, deps),
  };
}

export function tableReader(
  client: DynamoDBClient,
  table: string,
  { source, writes }: Pick<AnyDefinition, 'source' | 'writes'>,
  share: Share,
  deps: CallDeps,
): TableReader {
  const segments = share.mode === 'full' ? [0] : share.segments;
  const total = share.mode === 'full' ? 1 : share.total;
  let whole: string | undefined;
  async function* pages(): AsyncGenerator<Item[]> {
    let sum = NO_FINGERPRINT;
    for (const Segment of segments) {
      let from: SdkItem;
      do {
        const command = new ScanCommand({
          TableName: table,
          Segment,
          TotalSegments: total,
          Limit: SCAN_LIMIT,
          ConsistentRead: true,
          ...(from && { ExclusiveStartKey: from }),
        });
        const page = await call('table', deps, () => client.send(command));
        const items = (page.Items ?? []) as Item[];
        sum = addFingerprints(
          sum,
          fingerprint(
            items.filter((item) => isEligible(item, source.where)),
            writes,
          ),
        );
        yield items;
        from = page.LastEvaluatedKey;
      } while (from);
    }
    whole = sum;
  }

  async function* scan(): AsyncGenerator<Native> {
    for await (const items of pages()) for (const item of items) yield codec.toNative(item);
  }

  /** Nothing becomes native where only hashes are wanted. */
  async function fingerprintOfAll(): Promise<string> {
    if (whole === undefined) for await (const _ of pages());
    return whole ?? NO_FINGERPRINT;
  }

  async function queryIndex({ index, partition, prefix, limit, from }: IndexQuery) {
    const command = new QueryCommand({
      TableName: table,
      IndexName: index,
      KeyConditionExpression: prefix ? '#p = :p AND begins_with(#s, :s)' : '#p = :p',
      ExpressionAttributeNames: { '#p': partition.name, ...(prefix && { '#s': prefix.name }) },
      ExpressionAttributeValues: { ':p': { S: partition.value }, ...(prefix && { ':s': { S: prefix.value } }) },
      Limit: limit ?? SCAN_LIMIT,
      ...(from && { ExclusiveStartKey: codec.toItem(from) as SdkItem }),
    });
    const page = await call('table', deps, () => client.send(command));
    const next = page.LastEvaluatedKey && codec.toNative(page.LastEvaluatedKey as Key);
    return { items: ((page.Items ?? []) as Item[]).map(codec.toNative), ...(next && { next }) };
  }

  return { scan, queryIndex, fingerprint: fingerprintOfAll };
}
