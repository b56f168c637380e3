import type { FlowFindings } from '../records/control.ts';
import { RESOURCES, type Resource } from './budgets.ts';

/** What workers may use by the second, by name: apart from what else was dealt out, for there are as many as there are workers. */
type ByWorker = Readonly<Record<string, number>>;
export type Shares = Partial<Record<Resource, ByWorker>>;

/** Those of all workers that it names. */
export const sharesIn = ({ deals }: Pick<FlowFindings, 'deals'>): Shares => perResource((resource) => deals[resource]?.shares);

/** The same, with these shares and no others. */
export const withShares = (flow: FlowFindings, shares: Shares): FlowFindings => ({
  ...flow,
  deals: perResource((resource) => {
    const deal = flow.deals[resource];
    return deal && { ...deal, shares: shares[resource] ?? {} };
  }),
});

/** Those of some workers. */
export const sharesOfSome = (shares: Shares, isOne: (worker: string) => boolean): Shares =>
  perResource((resource) => {
    const some = Object.entries(shares[resource] ?? {}).filter(([worker]) => isOne(worker));
    return some.length === 0 ? undefined : Object.fromEntries(some);
  });

/** Those of several groups of workers, together. */
export const joinedShares = (groups: readonly Shares[]): Shares =>
  perResource((resource) => {
    const some = groups.flatMap((shares) => Object.entries(shares[resource] ?? {}));
    return some.length === 0 ? undefined : Object.fromEntries(some);
  });

const perResource = <T>(of: (resource: Resource) => T | undefined): Partial<Record<Resource, T>> =>
  Object.fromEntries(
    RESOURCES.flatMap((resource) => {
      const one = of(resource);
      return one === undefined ? [] : [[resource, one]];
    }),
  );
