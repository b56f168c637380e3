import { nothingFound } from '../governor.ts';
import type { Ports } from '../ports.ts';
import type { RunRecord } from '../records/run.ts';
import { budgetsOf } from './budgets.ts';
import { Observed } from './observed.ts';
import { shareOut } from './share-out.ts';

/** It governs for no moment: the first worker that looks takes its place. */
const PLANNER = 'planner';

/**
 * Deals out what a run may use before any worker begins: a reserve, or a ramp, holds from the first write on, and not only once the workers
 * have found a governor. Each that begins has an equal part until then. Where somebody governs already, theirs holds.
 * It goes by capacity alone: what others take, whoever governs asks some seconds later.
 */
export async function dealFirst(run: RunRecord, { ledger, clock, traffic: meter, concurrency }: FirstDealPorts): Promise<void> {
  const control = await ledger.control(run.runId);
  const budgets = budgetsOf(run, control);
  if (!meter || (budgets.reserve === null && !budgets.ramp)) return;
  // That the table does not answer just now is no reason not to begin: it is asked again by whoever governs, and until then a reserve leaves next to nothing.
  const traffic = await meter.read(budgets).catch(() => undefined);
  const now = clock.now();
  const last = control.findings?.flow ?? null;
  const dealt = traffic === null ? null : shareOut(last, new Observed([], now, concurrency), { now, budgets, traffic, concurrency });
  if (!dealt) return;
  const flow = { ...dealt, usage: last?.usage ?? null, blind: last?.blind ?? null };
  const found = { ...nothingFound, movedAt: now, ...control.findings, governor: PLANNER, until: now - 1, at: now, flow };
  await ledger.govern(run.runId, found);
}

type FirstDealPorts = Pick<Ports, 'ledger' | 'clock' | 'traffic' | 'concurrency'>;
