import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import { backfills } from '../../lib/backfills/index.ts';
import type { BackfillShape } from '../../lib/constructs/backfill.ts';
import { addStacks } from '../../lib/stacks/add-stacks.ts';

const { context: committed } = JSON.parse(readFileSync(join(__dirname, '../../cdk.json'), 'utf8'));

const folder = mkdtempSync(join(tmpdir(), 'backfill-cdk-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Options {
  /** Laid over what cdk.json says. */
  context?: Record<string, unknown>;
  backfills?: readonly BackfillShape[];
  /** Runs esbuild. */
  bundle?: boolean;
}

/** The app as `cdk synth` builds it, from the committed cdk.json. */
export function buildApp(options: Options = {}) {
  const bundling = options.bundle ? {} : { 'aws:cdk:bundling-stacks': [] };
  const app = new App({
    outdir: mkdtempSync(join(folder, 'out-')),
    context: { ...committed, ...bundling, ...options.context },
    analyticsReporting: false,
  });
  return { app, ...addStacks(app, options.backfills ?? backfills) };
}

const templates = new Map<string, { state: Template; runner: Template }>();

/** Synthesized once for the same settings: nobody changes a template. */
export function synthesize(options: Options = {}) {
  const asked = options.backfills ? undefined : JSON.stringify(options);
  const known = asked && templates.get(asked);
  if (known) return known;
  const { state, runner } = buildApp(options);
  const made = { state: Template.fromStack(state), runner: Template.fromStack(runner) };
  if (asked) templates.set(asked, made);
  return made;
}

export interface Allowed {
  action: string;
  resource: string;
}

interface Statement {
  Effect: 'Allow' | 'Deny';
  Action?: unknown;
  NotAction?: unknown;
  Resource: unknown;
  Condition?: { 'ForAllValues:StringEquals'?: { 'dynamodb:LeadingKeys'?: string[] } };
}

function statementsOf(role: string, template: Template): Statement[] {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) => id.startsWith(`${role}Role`));
  expect(policies).toHaveLength(1);
  return policies.flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
}

const pairs = (actions: unknown, resources: unknown): Allowed[] =>
  [actions].flat().flatMap((action) => [resources].flat().map((resource) => ({ action: String(action), resource: readable(resource) })));

/** Every pair of action and resource that the policies of one construct (`ReceiptPlaceProcessor`) allow, references flattened; where one partition only, `Ledger/PROBE`. */
export function allowedTo(role: string, template: Template): Allowed[] {
  const allowing = statementsOf(role, template).filter(({ Effect }) => Effect === 'Allow');
  return allowing.flatMap(({ Action, Resource, Condition }) => {
    const partitions = Condition?.['ForAllValues:StringEquals']?.['dynamodb:LeadingKeys'];
    return pairs(Action, Resource).map(({ action, resource }) => ({
      action,
      resource: partitions ? `${resource}/${partitions}` : resource,
    }));
  });
}

/** Every pair of an action that is spared, and a resource on which all other actions are denied. */
export function deniedBut(role: string, template: Template): Allowed[] {
  return statementsOf(role, template).flatMap(({ Effect, NotAction, Resource }) => (Effect === 'Deny' ? pairs(NotAction, Resource) : []));
}

/** `arn:...:table/receipts` becomes `table/receipts`; an import is named by the resource it exports. */
function readable(resource: unknown): string {
  const flat = flattenCfnReference(resource);
  const imported = /:ExportsOutput(?:FnGetAtt|Ref)([A-Za-z]+?)[0-9A-F]{8}(?:Arn)?[0-9A-F]{8}(.*)$/.exec(flat);
  if (imported) return `${imported[1]}${imported[2]}`;
  return flat
    .replace(/^arn:.*<AWS::AccountId>:/, '')
    .replace(/^<[A-Za-z]*?(Log|Coordinator|Processor|Rehearser|Cleanup)[0-9A-F]{8}\.Arn>$/, '$1');
}

/** Resources by action, sorted. */
export function byAction(allowed: readonly Allowed[]): Record<string, string[]> {
  const actions = [...new Set(allowed.map(({ action }) => action))].sort();
  const resourcesOf = (action: string) => allowed.filter((one) => one.action === action).map(({ resource }) => resource);
  return Object.fromEntries(actions.map((action) => [action, resourcesOf(action).sort()]));
}
