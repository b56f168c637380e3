/** All that is done to a synthesized template before the emulator gets it, and why; `test/infra/stacks/emulator-template.ts` holds that it is no more. */

interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
}

interface Template {
  Resources: Record<string, Resource>;
}

interface Dimension {
  Name: unknown;
  Value: unknown;
}

interface Statement {
  Sid?: string;
}

/** Resources that it cannot deploy. */
const LEFT_OUT: readonly { type: string; where?: (properties: Record<string, unknown>) => boolean }[] = [
  // Properties.Metrics (metric math) is not supported; use MetricName and Namespace.
  { type: 'AWS::CloudWatch::Alarm', where: (properties) => 'Metrics' in properties },
  // Unrecognized resource types: [AWS::CloudWatch::CompositeAlarm]
  { type: 'AWS::CloudWatch::CompositeAlarm' },
];

/** Statements of bucket policies that go by a condition key which its IAM has no value for: it would refuse every journal object. */
const STATEMENTS_LEFT_OUT: readonly string[] = ['JournalIsWrittenOnce'];

/** Its secrets answer `Ref` with their name. `Id` is the ARN there, as `Ref` and `Id` both are on AWS. */
const REF_IS_ID = 'AWS::SecretsManager::Secret';

/** Its alarms tell the topic of their dimensions in the template's spelling, `Name` and `Value`; CloudWatch's in that of its messages. */
const MESSAGES_SPELL = ({ Name, Value }: Dimension) => ({ Name, Value, name: Name, value: Value });

/** It starts sixty-four at once, whatever MaxConcurrencyPath leads to, each a process of its own. */
const AT_ONCE = 4;

export interface Adapted<T> {
  template: T;
  /** What was changed, a line each. */
  changes: string[];
}

export function adaptToEmulator<T extends Template>(template: T): Adapted<T> {
  const changes: string[] = [];
  const Resources: Template['Resources'] = {};
  for (const [id, resource] of Object.entries(template.Resources)) {
    const { Type, Properties = {} } = resource;
    if (LEFT_OUT.some(({ type, where }) => type === Type && (where?.(Properties) ?? true))) changes.push(`without ${Type} ${id}`);
    else if (Type === 'AWS::S3::BucketPolicy') Resources[id] = withoutStatements(id, resource, changes);
    else if (Type === 'AWS::CloudWatch::Alarm') Resources[id] = withDimensionsInMessages(id, resource, changes);
    else if (Type === 'AWS::StepFunctions::StateMachine') Resources[id] = withFixedConcurrency(id, resource, changes);
    else Resources[id] = resource;
  }
  const secrets = Object.entries(Resources).flatMap(([id, { Type }]) => (Type === REF_IS_ID ? [id] : []));
  const adapted = JSON.stringify({ ...template, Resources }, (_, value) => {
    if (!secrets.includes(value?.Ref)) return value;
    changes.push(`Id instead of Ref of ${value.Ref}`);
    return { 'Fn::GetAtt': [value.Ref, 'Id'] };
  });
  return { template: JSON.parse(adapted), changes };
}

function withoutStatements(id: string, resource: Resource, changes: string[]): Resource {
  const document = resource.Properties?.PolicyDocument as { Statement: Statement[] };
  const isKept = ({ Sid = '' }: Statement): boolean => {
    if (!STATEMENTS_LEFT_OUT.includes(Sid)) return true;
    changes.push(`without statement ${Sid} of ${id}`);
    return false;
  };
  const PolicyDocument = { ...document, Statement: document.Statement.filter(isKept) };
  return { ...resource, Properties: { ...resource.Properties, PolicyDocument } };
}

function withDimensionsInMessages(id: string, resource: Resource, changes: string[]): Resource {
  const { Dimensions } = (resource.Properties ?? {}) as { Dimensions?: Dimension[] };
  if (!Dimensions) return resource;
  changes.push(`dimensions in both spellings of ${id}`);
  return { ...resource, Properties: { ...resource.Properties, Dimensions: Dimensions.map(MESSAGES_SPELL) } };
}

function withFixedConcurrency(id: string, resource: Resource, changes: string[]): Resource {
  const DefinitionString = String(resource.Properties?.DefinitionString).replace(
    /"MaxConcurrencyPath":"[^"]*"/,
    `"MaxConcurrency":${AT_ONCE}`,
  );
  changes.push(`MaxConcurrency ${AT_ONCE} instead of MaxConcurrencyPath in ${id}`);
  return { ...resource, Properties: { ...resource.Properties, DefinitionString } };
}
