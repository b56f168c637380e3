import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, type NodejsFunctionProps, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Access } from './access.ts';
import { acknowledgePatterns } from './acknowledge.ts';

const pathOf = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

/**
 * Sources of credentials that no Lambda has: its own come from the environment, and the SDK imports these only when those are missing.
 * Left out they make a bundle a tenth smaller.
 */
const NEVER_LOADED = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@aws-sdk/nested-clients',
  '@aws-sdk/token-providers',
  '@smithy/credential-provider-imds',
];

export interface HandlerFunctionProps extends NodejsFunctionProps {
  /** The file of `lambdas/aws/` that exports `handler`, without its ending. */
  readonly module: 'coordinator' | 'processor' | 'rehearser' | 'cleanup' | 'brake' | 'reconciler';
  readonly logRetention: RetentionDays;
  /** All that it may do, besides writing its own log and traces. */
  readonly access: readonly Access[];
}

/** A handler of `lambdas/`, bundled by the local esbuild, with a role of its own. */
export class HandlerFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, { module, logRetention, access, environment, ...props }: HandlerFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Log`, { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    super(scope, id, {
      entry: pathOf(`lambdas/aws/${module}.ts`),
      projectRoot: pathOf(''),
      depsLockFilePath: pathOf('package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // The longest there is: a segment hands over to itself when most of it is used.
      timeout: Duration.minutes(15),
      role,
      logGroup,
      tracing: Tracing.ACTIVE,
      awsSdkConnectionReuse: false,
      environment: { NODE_OPTIONS: '--enable-source-maps', ...environment },
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        mainFields: ['module', 'main'],
        minify: true,
        logLevel: LogLevel.WARNING,
        sourceMap: true,
        sourcesContent: false,
        // The runtime's own SDK changes under us, and emulators have none.
        bundleAwsSDK: true,
        externalModules: NEVER_LOADED,
        // Some dependencies are CommonJS and call `require` for Node's own modules.
        banner: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
      },
      ...props,
    });
    role.addToPolicy(new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }));
    for (const { actions, resources, nothingElse = false, partition, pattern } of access) {
      const statement = nothingElse ? { effect: Effect.DENY, notActions: [...actions] } : { actions: [...actions] };
      role.addToPolicy(new PolicyStatement({ ...statement, resources: [...resources], ...(partition !== undefined && onlyIn(partition)) }));
      if (pattern !== undefined) acknowledgePatterns(role, resources, pattern);
    }
    acknowledgePatterns(role, ['*'], 'X-Ray and metrics know no resources; a test holds that no other action has this one.');
  }
}

/** All of no keys would be in any partition: a request must say which it means. */
const onlyIn = (partition: string) => ({
  conditions: {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [partition] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  },
});
