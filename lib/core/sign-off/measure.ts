import type { CheckResult } from '../checks.ts';
import type { Ports } from '../ports.ts';
import type { Measurements } from '../records/run.ts';

/** How many of the last runs are looked through for what an earlier one has measured. */
const RECENT = 20;

/** What a report sets side by side, as it is now. The users' own write units are known to CloudWatch alone. */
export async function measure({ inspector, clock }: Ports, checks: readonly CheckResult[] | null): Promise<Measurements> {
  const [items, survey] = await Promise.all([inspector.estimateItems(), inspector.survey()]);
  return {
    at: new Date(clock.now()).toISOString(),
    items,
    // A table that DynamoDB has not measured yet has none.
    bytes: survey?.bytes || null,
    writeUnitsPerSecond: null,
    queryP99: slowest(checks ?? []),
  };
}

/** As `measure`, before a run: what the last checks of an earlier one found. */
export async function measureBefore(ports: Ports): Promise<Measurements> {
  const runs = await ports.ledger.listRuns(ports.definition.name, RECENT);
  const earlier = runs.find(({ environment, checks }) => environment === ports.environment && checks && slowest(checks) !== null);
  return measure(ports, earlier?.checks ?? null);
}

/** Of all access paths, the slowest one's p99, in milliseconds. */
function slowest(checks: readonly CheckResult[]): number | null {
  const { measured = {} } = checks.find(({ name }) => name === 'query-latency') ?? {};
  const times = Object.entries(measured).flatMap(([name, value]) => (name.endsWith('-p99-ms') ? [Number(value)] : []));
  return times.length === 0 ? null : Math.max(...times);
}
