import type { WorkerReport } from '../../core/flow/report.ts';
import { joinedShares, type Shares, sharesOfSome } from '../../core/flow/shares.ts';
import type { Reported } from '../../core/ledger.ts';
import type { TableRows } from './table-rows.ts';

/**
 * What workers tell, and what each of them may use. All write the one every second or two, and read the other: neither may meet in one partition,
 * which bears 1,000 write units and 3,000 read units a second. So workers are spread over groups by their names, and whoever governs reads all groups.
 */

/** So a thousand workers take less than a tenth of what the partition of a group bears. */
const GROUPS = 8;

/** A group's name says where its rows lie: as many as there ever were are looked for. */
const groups = Array.from({ length: GROUPS }, (_, group) => group);

const groupKey = (runId: string, group: number): string => `RUN#${runId}#WORKERS#${group}`;

/** Names are hexadecimal digits of a hash. */
const groupOf = (worker: string): number => (Number.parseInt(worker.slice(-1), 16) || 0) % GROUPS;

const reportKey = (runId: string, worker: string) => ({ PK: groupKey(runId, groupOf(worker)), SK: `WORKER#${worker}` });

const sharesKey = (runId: string, group: number) => ({ PK: groupKey(runId, group), SK: 'SHARES' });

/** Shares that were dealt out at a moment, in milliseconds since the epoch. */
interface Dealt {
  at: number;
  shares: Shares;
}

export class WorkerRows {
  readonly #rows: TableRows;

  constructor(rows: TableRows) {
    this.#rows = rows;
  }

  async report(runId: string, report: WorkerReport): Promise<void> {
    await this.#rows.put({ ...reportKey(runId, report.worker), report });
  }

  async reported(runId: string): Promise<Reported> {
    const rows = (await Promise.all(groups.map((group) => this.#rowsOf(runId, group)))).flat();
    const dealt = rows.flatMap(({ at, shares }) => (shares ? [{ at, shares } as Dealt] : []));
    // Of a group that had no worker in the last round there may be an older one.
    const latest = Math.max(...dealt.map(({ at }) => at));
    return {
      reports: rows.flatMap(({ report }) => (report ? [report as WorkerReport] : [])),
      shares: joinedShares(dealt.flatMap(({ at, shares }) => (at === latest ? [shares] : []))),
    };
  }

  /** What the group of `worker` was dealt at `since` or later; nothing: it had no worker then. */
  async sharesOf(runId: string, worker: string, since: number): Promise<Shares> {
    const row = await this.#rows.get(sharesKey(runId, groupOf(worker)));
    return row && row.at >= since ? (row.shares as Shares) : {};
  }

  /** Before the control row, which says that they are dealt out: whoever reads that finds these, or newer ones. Those of a governor that was outrun are dropped. */
  async deal(runId: string, { at, shares }: Dealt): Promise<void> {
    const dealt = groups
      .map((group) => ({ group, shares: sharesOfSome(shares, (worker) => groupOf(worker) === group) }))
      .filter(({ shares: some }) => Object.keys(some).length > 0);
    const isNewer = 'attribute_not_exists(PK) OR #at < :at';
    await Promise.all(
      dealt.map(({ group, shares: some }) =>
        this.#rows.put({ ...sharesKey(runId, group), at, shares: some }, isNewer, { ':at': at }, { '#at': 'at' }),
      ),
    );
  }

  async forget(runId: string): Promise<void> {
    for (const group of groups) await Promise.all((await this.#rowsOf(runId, group)).map(({ PK, SK }) => this.#rows.delete({ PK, SK })));
  }

  #rowsOf(runId: string, group: number) {
    return this.#rows.query({
      KeyConditionExpression: 'PK = :p',
      ExpressionAttributeValues: { ':p': groupKey(runId, group) },
      ConsistentRead: true,
    });
  }
}
