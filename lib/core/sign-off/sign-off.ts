import type { CheckResult } from '../checks.ts';
import { type Counters, total } from '../counters.ts';
import type { Ports } from '../ports.ts';
import type { BackupRecord, Measurements, PhaseRecord, RunRecord } from '../records/run.ts';
import { isWholeRehearsal, stampedName, workedMs } from '../run.ts';
import { type JudgedCriterion, judgeCriterion } from './judge-criteria.ts';
import { measure } from './measure.ts';
import { signOffText } from './text.ts';

/** A line of the before and after; `null`: not measured. */
export interface Comparison {
  metric: string;
  unit: string;
  before: number | null;
  after: number | null;
  delta: number | null;
  /** Why a value is missing, or what is to be known of it. */
  remark: string;
}

/** What a run is signed off by. */
export interface SignOffReport {
  runId: string;
  backfill: string;
  version: string;
  environment: string;
  status: RunRecord['status'];
  begun: string;
  ended: string;
  workedMs: number;
  counts: {
    scanned: number;
    filtered: number;
    created: number;
    updated: number;
    skipped: Record<string, number>;
    failed: Record<string, number>;
  };
  /** Changed among changed and failed, 0 to 1; skips do not count. `null`: nothing was to be changed. */
  successRate: number | null;
  phases: PhaseRecord[];
  backup: BackupRecord | null;
  must: JudgedCriterion[];
  should: JudgedCriterion[];
  comparison: Comparison[];
  checks: readonly CheckResult[];
  signers: readonly string[];
}

/** How many of the last runs are looked through for a rehearsal. */
const RECENT = 100;

/** Writes the report that a finished run is signed off by, as JSON and as Markdown. Returns what it measured, and where the report is. */
export async function writeSignOff(run: RunRecord, totals: Counters, ports: Ports): Promise<{ after: Measurements; signOff: string }> {
  const { definition, ledger, artifacts, clock } = ports;
  const checks = run.checks ?? [];
  const [after, events, runs] = await Promise.all([
    measure(ports, checks),
    ledger.events(run.runId),
    ledger.listRuns(definition.name, RECENT),
  ]);
  const rehearsal = runs.find((one) => isWholeRehearsal(one, run));
  const evidence = { run, totals, checks, events, rehearsal };
  const { must, should, signers } = definition.signOff;
  const { scanned, filtered, created, updated, skipped, failed } = totals;
  const changed = created + updated;
  const tried = changed + total(failed);
  const report: SignOffReport = {
    runId: run.runId,
    backfill: run.backfill,
    version: run.version,
    environment: run.environment,
    status: run.status,
    begun: run.createdAt,
    ended: run.finishedAt ?? after.at,
    workedMs: workedMs(run, clock.now()),
    counts: { scanned, filtered, created, updated, skipped, failed },
    successRate: tried === 0 ? null : changed / tried,
    phases: run.phases,
    backup: run.backup,
    must: must.map((criterion) => judgeCriterion(criterion, evidence)),
    should: should.map((criterion) => judgeCriterion(criterion, evidence)),
    comparison: compare(run.before, after, totals),
    checks,
    signers,
  };
  const name = stampedName('signoff_report', clock.now());
  await artifacts.put(`reports/${name}`, `${JSON.stringify(report, null, 2)}\n`);
  const signOff = await artifacts.put(`reports/${name.replace(/\.json$/, '.md')}`, signOffText(report));
  return { after, signOff };
}

const BASELINE = 'The users’ own writes are known to CloudWatch (ConsumedWriteCapacityUnits); not measured here.';
const COUNTED = 'As DynamoDB last measured, which it does about every six hours; counted where it had not.';
const STORED = 'As DynamoDB last measured, which it does about every six hours.';
const UNKNOWN_ITEMS = { before: 'the items were not counted', after: 'the items were not counted' };
const UNKNOWN_BYTES = { before: 'DynamoDB had not measured the table yet', after: 'DynamoDB had not measured the table yet' };
const CALLS = 'Calls of this run; what the application asks the service by itself is not measured here.';
const LATENCY = 'The slowest access path of the checks; before: those of the last run that made them.';
const UNKNOWN_LATENCY = { before: 'the checks of no earlier run measured it', after: 'the checks of this run did not measure it' };
const UNKNOWN_BEFORE = 'nothing was measured before this run';

/** Why a value is missing. */
interface Unknown {
  before: string;
  after: string;
}

/** What is to be known of the values that there are, and why the others are missing. */
function remarkOn(was: number | null, is: number | null, remark: string, why: Unknown): string {
  if (was === null && is === null && why.before === why.after) return `Not measured: ${why.before}.`;
  const parts = [was === null && `Not measured before: ${why.before}.`, is === null && `Not measured after: ${why.after}.`];
  return [was === null && is === null ? false : remark, ...parts].filter((part) => part !== false).join(' ');
}

function compare(before: Measurements | null, after: Measurements, { serviceCalls }: Counters): Comparison[] {
  const line = (metric: string, unit: string, was: number | null, is: number | null, remark: string, why?: Unknown): Comparison => ({
    metric,
    unit,
    before: was,
    after: is,
    delta: was === null || is === null ? null : is - was,
    remark: why ? remarkOn(was, is, remark, before ? why : { ...why, before: UNKNOWN_BEFORE }) : remark,
  });
  return [
    line('DynamoDB write units (baseline)', 'units/s', before?.writeUnitsPerSecond ?? null, after.writeUnitsPerSecond, BASELINE),
    line('DynamoDB items', 'items', before?.items ?? null, after.items, COUNTED, UNKNOWN_ITEMS),
    line('DynamoDB storage', 'bytes', before?.bytes ?? null, after.bytes, STORED, UNKNOWN_BYTES),
    line('Service calls', 'calls', 0, serviceCalls, CALLS),
    line('Query latency p99', 'ms', before?.queryP99 ?? null, after.queryP99, LATENCY, UNKNOWN_LATENCY),
  ];
}
