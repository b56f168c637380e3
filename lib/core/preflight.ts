import { BackfillError, type ErrorCode } from './errors.ts';
import type { Ports, TableFacts, TableSurvey } from './ports.ts';
import { brakeFindings } from './preflight/brakes.ts';
import { capacityFindings } from './preflight/capacity.ts';
import { otherRunFindings } from './preflight/other-runs.ts';
import { recoveryFindings } from './preflight/recovery.ts';
import { shapeFindings } from './preflight/shape.ts';
import { wokenFindings } from './preflight/woken.ts';
import type { Finding } from './records/run.ts';

export interface PreflightOptions {
  /** `rehearse` is told what would block a run, and is not blocked by it; `undo` takes back what a run wrote. */
  purpose: 'write' | 'rehearse' | 'undo';
  /** Whether the outside service will be asked. */
  enrich: boolean;
  /**
   * At most so many items are changed; `null`: nobody knows.
   * @default - as many as the table holds
   */
  writes?: number | null;
  /** At most so many of them; `null`: all. */
  limit?: number | null;
  /** Write units a second that the run will raise the table to; `null`: it does not. */
  raiseWriteUnits?: number | null;
}

export interface Preflight {
  facts: TableFacts;
  /** How many items the table holds, and how many bytes, as well as could be known. */
  items: number | null;
  bytes: number | null;
  findings: Finding[];
}

/** Every finding on a table, the blocking ones first. */
export async function inspect(
  ports: Pick<Ports, 'definition' | 'definitions' | 'environment' | 'embedded' | 'ledger' | 'clock'>,
  survey: TableSurvey,
  { purpose, writes = null, raiseWriteUnits = null }: PreflightOptions,
): Promise<Finding[]> {
  const findings = [
    ...shapeFindings(ports, { ...survey.facts, provisioned: survey.provisioned }),
    ...recoveryFindings(survey, ports, purpose === 'undo'),
    ...wokenFindings(survey, ports.definition, writes),
    ...capacityFindings(survey, writes, raiseWriteUnits),
    ...(await otherRunFindings(ports)),
    ...(await brakeFindings(ports, survey.facts.name)),
  ];
  return [...findings.filter(isBlocking), ...findings.filter((finding) => !isBlocking(finding))];
}

const isBlocking = ({ severity }: Finding): boolean => severity === 'blocking';

/** What blocks a run because it writes; who only looks is told of it. */
const GUARDS_WRITES: readonly string[] = ['preflight.pitr-off'] satisfies ErrorCode[];

/**
 * Holds the target table and the service's key against what the definition needs, and says what a mass write would meet.
 *
 * @throws {BackfillError} `preflight.*` for the first blocking finding, naming all; `table.access-denied`, `table.unreachable`, `service.key-missing`
 */
export async function preflight(ports: Ports, options: PreflightOptions): Promise<Preflight> {
  const { definition, inspector } = ports;
  const survey = await inspector.survey();
  if (!survey) throw missing(ports);
  // One that is being made, or taken away, cannot be read.
  if (survey.facts.status !== 'ACTIVE') refuse(shapeFindings(ports, survey.facts), survey.facts.name);
  const items = options.writes === undefined ? await itemsOf(ports) : options.writes;
  const writes = items === null ? (options.limit ?? null) : Math.min(items, options.limit ?? items);
  const findings = await inspect(ports, survey, { ...options, writes });
  refuse(
    findings.filter(({ code }) => options.purpose !== 'rehearse' || !GUARDS_WRITES.includes(code)),
    survey.facts.name,
  );
  if (definition.service && options.enrich) await ports.service(definition.service.name);
  // DynamoDB looks every six hours: 0 may be a young table.
  return { facts: survey.facts, items, bytes: survey.bytes || null, findings };
}

/** Whether a table is the one that the definition needs, for whoever only reads it. @throws {BackfillError} `preflight.*` */
export async function requireTable(ports: Pick<Ports, 'definition' | 'embedded' | 'inspector'>): Promise<TableFacts> {
  const facts = await ports.inspector.describe();
  if (!facts) throw missing(ports);
  refuse(shapeFindings(ports, facts), facts.name);
  return facts;
}

function missing({ embedded, inspector: { table } }: Pick<Ports, 'embedded' | 'inspector'>): BackfillError {
  const elsewhere = 'Create the table, or correct its name under `tables` of the environment in cdk.json, and deploy.';
  return new BackfillError('preflight.table-missing', `There is no table "${table}".`, {
    details: { table },
    ...(!embedded && { remedy: elsewhere }),
  });
}

/** Reads as a worker will: a right that is missing is met here, and not in every segment. */
async function itemsOf({ source, inspector }: Ports): Promise<number | null> {
  const { scanned, cursor } = await source.readPage({ segment: 0, totalSegments: 1, cursor: null, limit: 1, where: {} });
  return scanned === 0 && cursor === null ? 0 : inspector.estimateItems();
}

function refuse(findings: readonly Finding[], table: string): void {
  const [first, ...others] = findings.filter(isBlocking);
  if (!first) return;
  const message = [first.message, ...others.map(({ code, message }) => `Also ${code}: ${message}`)].join(' ');
  const remedy = [first, ...others].map(({ remedy }) => remedy).join(' ');
  throw new BackfillError(first.code as ErrorCode, message, { remedy, details: { table, blocking: [first, ...others] } });
}
