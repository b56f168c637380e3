import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Log } from '../../core/ports.ts';
import type { SentSingly } from '../../core/write.ts';
import type { CallDeps } from './client.ts';
import { tryComparison } from './comparison.ts';
import type { DocumentComparison } from './conditions.ts';
import { tryDeletion, tryStatements } from './statement-trial.ts';

/** Which writes must go as calls of their own, and why. */
export type Singly = ReadonlyMap<SentSingly['what'], string>;

/** What an endpoint can do, each found out when it is first asked for, on rows of our own ledger. @throws {BackfillError} `ledger.unreachable` */
export interface Abilities {
  /** How the conditions of calls compare lists and maps. */
  comparison(): Promise<DocumentComparison>;
  /** Of creates and updates. */
  statements(): Promise<Singly>;
  /** As `statements`, and of deletions, too. */
  deletions(): Promise<Singly>;
}

/** One for each endpoint and process: what is found is noted in the log, once. */
export function abilitiesOf(client: DynamoDBClient, ledgerTable: string, deps: CallDeps & { log: Pick<Log, 'info'> }): Abilities {
  const noted = (singly: Singly, known: Singly = new Map()): Singly => {
    for (const [what, why] of singly) if (!known.has(what)) deps.log.info('not in batches', { what, why });
    return singly;
  };

  const statements = once(async (): Promise<Singly> => {
    const { all, documents, removals } = await tryStatements(client, ledgerTable, deps);
    const singly = new Map<SentSingly['what'], string>();
    if (all !== undefined) singly.set('all writes', all);
    if (documents !== undefined) singly.set('writes that hold lists or maps fast', documents);
    if (removals !== undefined) singly.set('removals of attributes', removals);
    return noted(singly);
  });

  const deletions = once(async (): Promise<Singly> => {
    const others = await statements();
    if (others.has('all writes')) return others;
    const why = await tryDeletion(client, ledgerTable, deps);
    return why === undefined ? others : noted(new Map([...others, ['deletions', why]]), others);
  });

  return { comparison: once(() => tryComparison(client, ledgerTable, deps)), statements, deletions };
}

/** Asks once; again only when there was no answer. */
function once<T>(find: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined;
  return () => {
    known ??= find().catch((error) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}
