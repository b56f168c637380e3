import type { Ports } from '../ports.ts';
import type { Finding, RunRecord } from '../records/run.ts';
import { HOLDS_LOCK, isRehearsal } from '../run.ts';
import { found } from './finding.ts';

/** One that is under way is among the last so many of its backfill. */
const RECENT = 100;

/** Runs of other backfills under way on the same table. Those that write the same attributes have the lock; these share the capacity only. */
export async function otherRunFindings({
  definition,
  definitions,
  environment,
  ledger,
}: Pick<Ports, 'definition' | 'definitions' | 'environment' | 'ledger'>): Promise<Finding[]> {
  const { source, name: own } = definition;
  const others = definitions.filter(({ name, source: { table } }) => name !== own && table === source.table);
  const runs = (await Promise.all(others.map(({ name }) => ledger.listRuns(name, RECENT)))).flat();
  return runs
    .filter((run) => run.environment === environment && HOLDS_LOCK.includes(run.status) && !isRehearsal(run))
    .map((run) => otherRunFinding(run, source.table));
}

function otherRunFinding({ runId, backfill, status, rollback }: RunRecord, table: string): Finding {
  const what = rollback ? `Rollback ${runId} of ${backfill}` : `Run ${runId} of ${backfill}`;
  const message = `${what} is ${status} on the same table, ${table}: it has attributes of its own, but the same capacity.`;
  const remedy =
    status === 'held'
      ? `Read with \`npx backfill report ${runId}\` why it is held; whoever carries it on meanwhile shares the capacity.`
      : `Wait for its end (\`npx backfill monitor ${runId} --watch\`), or let it stand still meanwhile: \`npx backfill pause ${runId}\`.`;
  return found('preflight.other-run', 'warning', message, remedy);
}
