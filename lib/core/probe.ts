import type { AttributeValue, Key } from './attribute-value.ts';
import type { AnyDefinition } from './definition.ts';
import { BackfillError, isBackfillError } from './errors.ts';
import type { Ports, TableFacts } from './ports.ts';
import type { RunRecord } from './records/run.ts';
import { type Backoff, backoffMs } from './retry.ts';
import { isRehearsal } from './run.ts';
import type { Write, WriteResult } from './write.ts';

type Kind = Write['kind'];

type Writing = Pick<AnyDefinition, 'target' | 'writes'>;

/** What a run of the definition writes. */
export const writesOfRun = ({ target, writes }: Writing): Kind[] => [
  ...(target ? (['create'] as const) : []),
  ...(writes.length > 0 ? (['update'] as const) : []),
];

/** What a rollback writes: a create also puts back what somebody added to a row while it was deleted. */
export const writesOfRollback = ({ target, writes }: Writing): Kind[] => [
  ...(target ? (['delete', 'create'] as const) : []),
  ...(writes.length > 0 ? (['update'] as const) : []),
];

const ACTIONS: Record<Kind, string> = { create: 'dynamodb:PutItem', update: 'dynamodb:UpdateItem', delete: 'dynamodb:DeleteItem' };

const PATIENCE: Backoff = { attempts: 9, baseMs: 50, capMs: 2_000 };

/**
 * Tries, with the worker's own role, a write of each kind under a condition that never holds: a missing right is heard of
 * before the first page, and before anything is paid for. A rehearsal tries nothing.
 *
 * @throws {BackfillError} `preflight.permission-missing` naming action and table; `table.unreachable`
 */
export async function tryAccess(run: RunRecord, kinds: readonly Kind[], facts: TableFacts, ports: Ports): Promise<void> {
  if (isRehearsal(run)) return;
  for (const kind of kinds) await tryWrite(kind, facts, ports);
  await noteSingly(run, kinds, ports);
}

/** What goes slower than it could is among the run's events. */
async function noteSingly({ runId }: RunRecord, kinds: readonly Kind[], { writer, ledger, clock }: Ports): Promise<void> {
  const singly = await writer.sentSingly(kinds);
  if (singly.length === 0) return;
  const details = Object.fromEntries(singly.map(({ what, why }) => [what, why]));
  await ledger.addEvent(runId, { at: new Date(clock.now()).toISOString(), who: 'worker', what: 'not in batches', details });
}

async function tryWrite(kind: Kind, facts: TableFacts, ports: Ports): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await answerTo(kind, facts, ports);
    // What is throttled was let in.
    if (result.kind === 'condition-failed' || result.kind === 'throttled') return;
    if (result.kind === 'applied')
      throw new BackfillError('machine.failed', `"${facts.name}" carried out a write whose condition cannot hold: nothing is safe there.`);
    if (result.kind === 'rejected' || attempt === PATIENCE.attempts)
      throw new BackfillError('table.unreachable', `The table "${facts.name}" does not answer a trial write: ${result.message}.`);
    await ports.clock.sleep(backoffMs(attempt, PATIENCE, ports.random));
  }
}

async function answerTo(kind: Kind, facts: TableFacts, { writer }: Ports): Promise<WriteResult> {
  try {
    return await writer.probe(kind, someKey(facts));
  } catch (cause) {
    if (!isBackfillError(cause) || cause.code !== 'table.access-denied') throw cause;
    const action = typeof cause.details.action === 'string' ? cause.details.action : ACTIONS[kind];
    throw new BackfillError('preflight.permission-missing', `The worker may not ${action} on the table "${facts.name}": ${cause.message}`, {
      cause,
      details: { action, table: facts.name },
    });
  }
}

const SOME: Record<'S' | 'N' | 'B', AttributeValue> = { S: { S: 'backfill-probe' }, N: { N: '0' }, B: { B: new Uint8Array([0]) } };

/** Any key of the right types: the condition fails whether or not an item has it. */
const someKey = ({ key, keyTypes }: TableFacts): Key => Object.fromEntries(key.map((name) => [name, SOME[keyTypes[name] ?? 'S']]));
