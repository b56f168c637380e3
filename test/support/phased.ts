import type { AttributeValue, Item } from '../../lib/core/attribute-value.ts';
import type { CheckResult } from '../../lib/core/checks.ts';
import { hashOf } from '../../lib/core/journal.ts';
import type { Ports, Share, SourceReader } from '../../lib/core/ports.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { workSegment } from '../../lib/core/segment.ts';
import { finish, gate, hold } from '../../lib/core/steps/finish.ts';
import { plan } from '../../lib/core/steps/plan.ts';
import { prepare } from '../../lib/core/steps/prepare.ts';
import { validate } from '../../lib/core/steps/validate.ts';
import { memoryWorld, type World } from './memory-ports.ts';
import { doubling, thing } from './thing-definitions.ts';

/** A backfill of many small items, spread over many segments as DynamoDB would spread them, and its machine walked through in memory. */
export interface PhasedBench {
  world: World;
  ports: Ports;
  /** What the definition's checks answer. */
  checks: CheckResult[];
  /** Shares of the table that the checks were given. */
  shares: Share[];
  /** Before each segment: `after` so many have been worked off. */
  onSegment: (worked: number) => void | Promise<void>;
  /** One execution of the machine. @throws what Prepare refuses with */
  execute(input?: Record<string, unknown>): Promise<RunRecord>;
}

const spread = (items: readonly Item[], total: number): Map<number, Item[]> => {
  const slices = new Map<number, Item[]>();
  for (const item of items) {
    const segment = Number.parseInt(hashOf(JSON.stringify(item.id)).slice(0, 8), 16) % total;
    slices.set(segment, [...(slices.get(segment) ?? []), item]);
  }
  return slices;
};

export const things = (count: number): Item[] => Array.from({ length: count }, (_, index) => thing(`t${index}`, 100 + index));

export function phasedBench(items: readonly Item[], overrides: Partial<Ports> = {}): PhasedBench {
  const bench = { checks: [] as CheckResult[], shares: [] as Share[], onSegment: () => undefined } as unknown as PhasedBench;
  const definition = { ...doubling, checks: async () => bench.checks };
  const world = memoryWorld({ definition, items });
  world.ledger.runs.clear();
  world.ledger.rows.clear();
  const spreads = new Map<number, Map<number, Item[]>>();
  const source: SourceReader = {
    async readPage({ segment, totalSegments }) {
      const slices = spreads.get(totalSegments) ?? spread(items, totalSegments);
      spreads.set(totalSegments, slices);
      const slice = (slices.get(segment) ?? []).map(({ id }) => world.table.row({ id: id as AttributeValue }) as Item);
      return { items: slice, scanned: slice.length, cursor: null, readUnits: slice.length };
    },
  };
  const reader = (share: Share) => {
    bench.shares.push(share);
    return { fingerprint: async () => 'not looked at' } as ReturnType<Ports['reader']>;
  };
  const ports: Ports = { ...world.ports, source, reader, executionEnded: async () => true, ...overrides };
  let executions = 0;
  let worked = 0;

  return Object.assign(bench, {
    world,
    ports,
    async execute(input: Record<string, unknown> = {}): Promise<RunRecord> {
      executions += 1;
      const ref = await prepare(input, `execution:${executions}`, ports);
      for (let rounds = 0; rounds < 50; rounds += 1) {
        const { segments } = await plan(ref, ports);
        for (const segment of segments) {
          await bench.onSegment(worked);
          worked += 1;
          const workplace = { ports, facts: world.facts, service: undefined, remainingMs: () => 10_000_000 };
          await workSegment({ ...ref, segment }, workplace);
        }
        const validation = await validate(ref, ports);
        const { decision } = await gate(ref, validation, ports);
        if (decision === 'plan') continue;
        if (decision === 'finish') await finish(ref, validation, ports);
        else if (decision === 'hold') await hold(ref, ports);
        else throw new Error('A segment is stuck.');
        return world.ledger.runs.get(ref.runId) as RunRecord;
      }
      throw new Error('It comes to no end.');
    },
  });
}
