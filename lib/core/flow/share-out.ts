import type { Deal, FlowFindings } from '../records/control.ts';
import { type Budgets, RESOURCES, type Resource } from './budgets.ts';
import { type Ceiling, nextCeiling } from './ceiling.ts';
import { deal, isHungry } from './deal.ts';
import type { HeldBack } from './held-back.ts';
import { floorOf } from './looks.ts';
import { latest, type Observed } from './observed.ts';
import { UNKNOWN_MEAN } from './report.ts';
import { roomBeside } from './room.ts';
import type { Traffic } from './traffic.ts';

/** What holds back a resource of the run as a whole. */
export interface Bound {
  by: 'budget' | 'reserve' | 'ramp' | 'untold' | 'table' | 'index' | 'account';
  index: string | null;
  /** By the second. */
  limit: number;
}

/** Throttles are spoken of for so long after the last one. */
const LATELY_MS = 10_000;

/** Where nothing is known to be limited, a throttle is heard of so late at most. */
const NEWS_MS = 3_000;

/** A worker that nobody knows yet has this part of an equal share, until it is dealt one: a few of them spend no budget of note. */
const NEWCOMER = 0.25;

interface Looked {
  now: number;
  budgets: Budgets;
  /** What the table and its indexes can take, where that is minded and told; `undefined`: nobody has answered yet. */
  traffic: Traffic | null | undefined;
  /** Workers that there can be. */
  concurrency: number;
}

export const nothingShared: Omit<FlowFindings, 'at'> = {
  deals: {},
  heldBack: [],
  ceilings: {},
  rates: { writeUnits: 0, readUnits: 0, calls: 0 },
  usage: null,
  blind: null,
  hotAt: null,
  serviceAt: null,
  today: null,
};

/** One round of the governor's: what each worker may use from now on, and what holds the run back; `null`: nothing is limited. */
export function shareOut(last: FlowFindings | null, observed: Observed, looked: Looked): FlowFindings | null {
  const { now } = looked;
  const rates = observed.rates();
  const hotAt = latest(observed.hotAt(), last?.hotAt ?? null);
  const serviceAt = latest(observed.serviceAt(), last?.serviceAt ?? null);
  const findings: FlowFindings = { ...nothingShared, at: now, rates: rounded(rates), hotAt, serviceAt, today: last?.today ?? null };
  const { bounds, usage, blind } = roomBeside(last, { ...looked, rates, parts: observed.partsOf() });
  const ceilings: Partial<Record<Resource, Ceiling>> = {};
  const deals: Partial<Record<Resource, Deal>> = {};
  const beside: Partial<Record<Resource, Bound>> = {};
  const heldBack: HeldBack[] = [];
  for (const resource of RESOURCES) {
    const left = least(bounds[resource]);
    if (left) beside[resource] = left;
    const asked = [...budgetOf(resource, looked), ...(left ? [left] : [])];
    const wanted = least(asked)?.limit ?? null;
    const before = last?.ceilings[resource];
    const seen = {
      now,
      used: observed.used(resource),
      rate: rates[resource],
      refused: observed.refused(resource, before?.throttledAt ?? now - NEWS_MS),
    };
    const ceiling = resource === 'calls' ? undefined : nextCeiling(before, seen, wanted);
    if (ceiling) ceilings[resource] = ceiling;
    const bound = least(ceiling ? [...asked, boundOf(ceiling)] : asked);
    if (!bound) continue;
    const dealt = dealOut(resource, bound, last, observed, looked);
    deals[resource] = dealt.deal;
    heldBack.push(...reasons(resource, bound, dealt.waiting, observed, rates[resource]));
  }
  const isHot = hotAt !== null && now - hotAt < LATELY_MS;
  const isAskedTooOften = serviceAt !== null && now - serviceAt < LATELY_MS;
  const { callsPerDay, reserve, items } = looked.budgets;
  const isAtEase =
    Object.keys(deals).length === 0 && !isHot && !isAskedTooOften && callsPerDay === null && reserve === null && items === null;
  if (isAtEase) return null;
  if (isHot) heldBack.push({ by: 'hot-segment', resource: 'writeUnits', index: null, limit: null, use: rates.writeUnits });
  if (isAskedTooOften) heldBack.push({ by: 'service', resource: 'calls', index: null, limit: null, use: rates.calls });
  // That is found out in every second round.
  if (items !== null && last) heldBack.push(...last.heldBack.filter(({ by }) => by === 'items'));
  return { ...findings, usage, beside, blind, ceilings, deals, heldBack };
}

function budgetOf(resource: Resource, { budgets }: Looked): Bound[] {
  const limit = budgets[resource];
  return limit === null ? [] : [{ by: 'budget', index: null, limit }];
}

const least = (bounds: readonly Bound[]): Bound | undefined =>
  bounds.reduce<Bound | undefined>((first, bound) => (first && first.limit <= bound.limit ? first : bound), undefined);

const boundOf = ({ limit, of }: Ceiling): Bound => ({
  by: of.limit === 'account' ? 'account' : of.index === null ? 'table' : 'index',
  index: of.index,
  limit,
});

function dealOut(
  resource: Resource,
  { limit }: Bound,
  last: FlowFindings | null,
  observed: Observed,
  { concurrency }: Looked,
): { deal: Deal; waiting: number } {
  const { workers, lost } = observed;
  // Whoever is not heard of any more may still use its floor.
  const left = limit - Math.min(lost, concurrency) * floorOf(limit, concurrency);
  const before = last?.deals[resource]?.shares ?? {};
  const demands = workers.map(({ worker, flows }) => ({
    worker,
    use: flows[resource].use,
    waited: flows[resource].waited,
    share: before[worker] ?? 0,
    saving: overdrawn(flows[resource].saving, limit),
  }));
  const { shares, waiting } = deal(left, demands, meanOf(resource, observed));
  // Where workers take turns, the one that comes waits for its own.
  const newcomer = waiting > 0 ? 0 : workers.length === 0 ? limit / concurrency : (NEWCOMER * limit) / (workers.length + 1);
  return { deal: { limit, shares: rounded(shares), workers: workers.length, newcomer: roundDown(newcomer) }, waiting };
}

/** What takes the whole run longer than a moment. */
const overdrawn = (saving: number, limit: number): number => (saving > limit ? saving : 0);

/** What one write, page or call takes, over the workers that know. While none does it is thought large: a few workers can spend all there is, and soon tell. */
function meanOf(resource: Resource, observed: Observed): number {
  const means = observed.workers.map(({ flows }) => flows[resource].mean).filter((mean) => mean > 0);
  return means.length === 0 ? UNKNOWN_MEAN : means.reduce((sum, mean) => sum + mean, 0) / means.length;
}

function reasons(resource: Resource, { by, index, limit }: Bound, waiting: number, observed: Observed, use: number): HeldBack[] {
  const flows = observed.workers.map((report) => report.flows[resource]);
  if (waiting === 0 && !flows.some(isHungry)) return [];
  const saving = Math.max(0, ...flows.map((flow) => flow.saving));
  const one = { resource, index, use };
  return [
    { ...one, by, limit },
    ...(overdrawn(saving, limit) > 0 ? [{ ...one, by: 'big-item' as const, limit: saving }] : []),
    ...(waiting > 0 ? [{ ...one, by: 'turns' as const, limit: waiting }] : []),
  ];
}

/** Four digits are enough, and keep the control item small; never more than there was. */
const roundDown = (value: number): number => {
  if (value <= 0) return 0;
  const unit = 10 ** (Math.floor(Math.log10(value)) - 3);
  return Number((Math.floor(value / unit + 1e-9) * unit).toPrecision(4));
};

const rounded = <K extends string>(values: Record<K, number>): Record<K, number> =>
  Object.fromEntries(Object.entries<number>(values).map(([name, value]) => [name, roundDown(value)])) as Record<K, number>;
