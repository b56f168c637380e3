import type { Template } from 'aws-cdk-lib/assertions';
import type { Policies, Statement } from './iam.ts';

/** Templates as they would stand in one account, with made-up physical names put in for references, and the policies in them. */

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
}

interface Body {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown; Export?: { Name: unknown } }>;
}

const PSEUDO: Record<string, string> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'stack',
};

const arn = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

/** What `Ref` and `Fn::GetAtt` `Arn` give, by type; a name that the template gives comes first. */
const NAMED: Record<string, { property: string; arn: (name: string) => string; ref?: (name: string) => string }> = {
  'AWS::DynamoDB::Table': { property: 'TableName', arn: (name) => arn('dynamodb', `table/${name}`) },
  'AWS::S3::Bucket': { property: 'BucketName', arn: (name) => `arn:aws:s3:::${name}` },
  'AWS::Lambda::Function': { property: 'FunctionName', arn: (name) => arn('lambda', `function:${name}`) },
  'AWS::Logs::LogGroup': { property: 'LogGroupName', arn: (name) => arn('logs', `log-group:${name}:*`) },
  'AWS::IAM::Role': { property: 'RoleName', arn: (name) => `arn:aws:iam::${ACCOUNT}:role/${name}` },
  'AWS::SecretsManager::Secret': {
    property: 'Name',
    arn: (name) => arn('secretsmanager', `secret:${name}-AbCdEf`),
    ref: (name) => arn('secretsmanager', `secret:${name}-AbCdEf`),
  },
  'AWS::StepFunctions::StateMachine': {
    property: 'StateMachineName',
    arn: (name) => arn('states', `stateMachine:${name}`),
    ref: (name) => arn('states', `stateMachine:${name}`),
  },
  'AWS::SNS::Topic': { property: 'TopicName', arn: (name) => arn('sns', name), ref: (name) => arn('sns', name) },
  'AWS::SQS::Queue': { property: 'QueueName', arn: (name) => arn('sqs', name), ref: (name) => `https://sqs/${name}` },
  'AWS::KMS::Key': { property: 'KeyId', arn: (name) => arn('kms', `key/${name}`) },
  'AWS::SSM::Parameter': { property: 'Name', arn: (name) => arn('ssm', `parameter${name}`) },
};

/** Types whose ARNs no policy names by their physical form. */
const unnamed = (type: string) => ({
  property: '',
  ref: undefined,
  arn: (name: string) => arn(type.split('::')[1]?.toLowerCase() ?? '', name),
});

export class DeployedStacks {
  readonly #bodies: readonly Body[];

  constructor(templates: readonly Template[]) {
    this.#bodies = templates.map((template) => template.toJSON() as Body);
  }

  /** Its physical values put in for every reference. @throws Error for an intrinsic function that it does not know */
  resolve(value: unknown, body: Body): unknown {
    if (Array.isArray(value)) return value.map((one) => this.resolve(one, body));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [[name = '', argument] = []] = entries;
    if (entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::'))) return this.#call(name, argument, body);
    return Object.fromEntries(entries.map(([key, inner]) => [key, this.resolve(inner, body)]));
  }

  #call(name: string, argument: unknown, body: Body): unknown {
    switch (name) {
      case 'Ref':
        return PSEUDO[String(argument)] ?? this.#reference(String(argument), body, 'ref');
      case 'Fn::GetAtt': {
        const [id, attribute] = argument as [string, string];
        return attribute === 'Arn' ? this.#reference(id, body, 'arn') : `${id}.${attribute}`;
      }
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, unknown[]];
        return parts.map((part) => this.resolve(part, body)).join(separator);
      }
      case 'Fn::ImportValue':
        return this.#imported(this.resolve(argument, body));
      default:
        throw new Error(`unknown function ${name}`);
    }
  }

  #reference(id: string, body: Body, as: 'ref' | 'arn'): string {
    const resource = body.Resources[id];
    if (!resource) throw new Error(`no resource ${id}`);
    const type = NAMED[resource.Type] ?? unnamed(resource.Type);
    const given = this.resolve(resource.Properties?.[type.property], body);
    const physical = typeof given === 'string' ? given : `${id}-physical`;
    return as === 'arn' ? type.arn(physical) : (type.ref?.(physical) ?? physical);
  }

  #imported(name: unknown): unknown {
    for (const body of this.#bodies)
      for (const { Value, Export } of Object.values(body.Outputs ?? {}))
        if (this.resolve(Export?.Name, body) === name) return this.resolve(Value, body);
    throw new Error(`nobody exports ${name}`);
  }

  /** Every resource of a type, resolved, by its logical id. */
  resources(type: string): { id: string; arn: string; name: string; properties: Record<string, unknown> }[] {
    return this.#bodies.flatMap((body) =>
      Object.entries(body.Resources)
        .filter(([, { Type }]) => Type === type)
        .map(([id, { Properties = {} }]) => ({
          id,
          arn: this.#reference(id, body, 'arn'),
          name: this.#reference(id, body, 'ref'),
          properties: this.resolve(Properties, body) as Record<string, unknown>,
        })),
    );
  }

  /** The one resource of that type whose logical id is this and a hash. */
  one(type: string, construct: string) {
    const found = this.resources(type).filter(({ id }) => new RegExp(`^${construct}[0-9A-F]{8}$`).test(id));
    const [first] = found;
    if (!first || found.length > 1) throw new Error(`${found.length} resources ${construct} of type ${type}`);
    return first;
  }

  /** What a role may do, from the policies that name it and the managed ones of these stacks. */
  identity(roleId: string): Statement[] {
    const name = `${roleId}-physical`;
    const attached = [...this.resources('AWS::IAM::Policy'), ...this.resources('AWS::IAM::ManagedPolicy')].filter(({ properties }) =>
      ((properties.Roles ?? []) as string[]).includes(name),
    );
    const role = this.resources('AWS::IAM::Role').find(({ id }) => id === roleId);
    if (!role) throw new Error(`no role ${roleId}`);
    if (role.properties.Policies || role.properties.ManagedPolicyArns) throw new Error(`${roleId} has policies that are not looked at`);
    return attached.flatMap(({ properties }) => statementsIn(properties.PolicyDocument));
  }

  /** The policy of a bucket. */
  bucketPolicy(bucketName: string): Statement[] {
    return this.resources('AWS::S3::BucketPolicy')
      .filter(({ properties }) => properties.Bucket === bucketName)
      .flatMap(({ properties }) => statementsIn(properties.PolicyDocument));
  }

  /** The policies under which a role asks for something in a bucket, or elsewhere. */
  policiesOf(roleId: string, bucketName?: string): Policies {
    return { identity: this.identity(roleId), ...(bucketName !== undefined && { resource: this.bucketPolicy(bucketName) }) };
  }
}

export const statementsIn = (document: unknown): Statement[] => [(document as { Statement: Statement | Statement[] }).Statement].flat();
