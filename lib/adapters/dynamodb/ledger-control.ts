import { BRAKE, isBrake } from '../../core/brakes.ts';
import type { Budgets } from '../../core/flow/budgets.ts';
import { sharesIn, withShares } from '../../core/flow/shares.ts';
import type { Command, Control, Findings } from '../../core/records/control.ts';
import type { WorkerRows } from './ledger-workers.ts';
import type { TableRows } from './table-rows.ts';

const controlKey = (runId: string) => ({ PK: `RUN#${runId}`, SK: 'CONTROL' });

/** What a run is told, in one row that all its workers read every second or two: what grows with their number is kept elsewhere. */
export class ControlRows {
  readonly #rows: TableRows;
  readonly #workers: WorkerRows;

  constructor(rows: TableRows, workers: WorkerRows) {
    this.#rows = rows;
    this.#workers = workers;
  }

  async read(runId: string, worker?: string): Promise<Control> {
    const row = (await this.#rows.get(controlKey(runId))) ?? {};
    const { desired = 'run', reason = null, by = '', at = '', findings = null, budgets = null } = row;
    // What an older version found lacks what came since.
    const since = { pages: 0, movedAt: findings?.at, slowed: null, flow: null };
    const found: Findings | null = findings && { ...since, ...findings };
    return { desired, reason, by, at, findings: worker === undefined ? found : await this.#withShares(runId, worker, found), budgets };
  }

  async #withShares(runId: string, worker: string, findings: Findings | null): Promise<Findings | null> {
    const flow = findings?.flow;
    if (!flow || Object.keys(flow.deals).length === 0) return findings;
    return { ...findings, flow: withShares(flow, await this.#workers.sharesOf(runId, worker, flow.at)) };
  }

  command(runId: string, command: Command, over?: string): Promise<boolean> {
    const key = controlKey(runId);
    if (command.desired === 'abort') return this.#rows.update(key, command, undefined);
    if (command.desired === 'run')
      return this.#rows.update(key, command, 'attribute_not_exists(#at) OR #at = :over', { ':over': over ?? '' }, { '#at': 'at' });
    // A hold that an alarm will lift gives way to one that nobody will.
    const overBrake = isBrake(command.reason) ? '' : ' OR (#desired = :hold AND #reason.#code = :brake)';
    const mayHold = `(attribute_not_exists(#desired) OR #desired = :run${overBrake})`;
    const holding = { ':run': 'run', ...(overBrake && { ':hold': 'hold', ':brake': BRAKE }) };
    const names = { '#desired': 'desired', ...(overBrake && { '#reason': 'reason', '#code': 'code' }) };
    if (over === undefined) return this.#rows.update(key, command, mayHold, holding, names);
    const still = over === '' ? 'attribute_not_exists(#at)' : '#at = :over';
    const values = { ...holding, ...(over !== '' && { ':over': over }) };
    return this.#rows.update(key, command, `${mayHold} AND ${still}`, values, { ...names, '#at': 'at' });
  }

  async govern(runId: string, findings: Findings): Promise<boolean> {
    const { flow, at } = findings;
    // Whoever takes another's place has dealt out nothing yet.
    if (flow && flow.at === at) await this.#workers.deal(runId, { at, shares: sharesIn(flow) });
    const told = { ...findings, flow: flow && withShares(flow, {}) };
    const mayGovern = 'attribute_not_exists(#findings) OR #findings.#until < :now OR #findings.#governor = :me';
    const values = { ':now': at, ':me': findings.governor };
    const names = { '#findings': 'findings', '#until': 'until', '#governor': 'governor' };
    return this.#rows.update(controlKey(runId), { findings: told }, mayGovern, values, names);
  }

  async changeBudgets(runId: string, change: Partial<Budgets>, first: Budgets): Promise<void> {
    if (Object.keys(change).length === 0) return;
    const key = controlKey(runId);
    if (await this.#rows.update(key, { budgets: { ...first, ...change } }, 'attribute_not_exists(budgets)')) return;
    await this.#rows.updateWithin(key, 'budgets', change);
  }
}
