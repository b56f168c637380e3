import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, type StateMachineProps, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { StateMachine as MachineDefinition, MachineFunctions } from '../workflow/machines.ts';
import { acknowledgePatterns } from './acknowledge.ts';

/** ARNs of a machine by its name: naming them creates no dependency, and so no circle between machine and roles. */
export function machineArns(scope: Construct, name: string) {
  const arn = (resource: string, resourceName: string) =>
    Stack.of(scope).formatArn({ service: 'states', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  return {
    machine: arn('stateMachine', name),
    /** Those that a person or a schedule started. */
    executions: arn('execution', `${name}:*`),
    /** Those that its Map started: named `<machine>/<label of the Map run>:<id>`. */
    children: arn('execution', `${name}/*`),
  };
}

/** How a definition names a value that CloudFormation puts in. */
const substituted = (name: string): string => `\${${name}}`;

export interface MachineProps extends Omit<StateMachineProps, 'definitionBody' | 'definitionSubstitutions' | 'stateMachineName'> {
  readonly name: string;
  /** Writes it, once its functions are known. */
  readonly document: (functions: MachineFunctions) => MachineDefinition;
  readonly coordinator: IFunction;
  /** Works on one segment. */
  readonly worker: IFunction;
  /** Works on one segment of a run that only looks. */
  readonly rehearser: IFunction;
  readonly logRetention: RetentionDays;
}

/** A machine of `lib/workflow`, deployed as it is written there. */
export class Machine extends StateMachine {
  constructor(scope: Construct, id: string, props: MachineProps) {
    const { name, document, coordinator, worker, rehearser, logRetention, ...overrides } = props;
    const functions = { coordinator, worker, rehearser };
    const definition = document({
      coordinator: substituted('CoordinatorArn'),
      worker: substituted('WorkerArn'),
      rehearser: substituted('RehearserArn'),
    });
    const destination = new LogGroup(scope, `${id}Log`, {
      // This prefix spares the account's log resource policy, whose 5,120 characters many machines would use up.
      logGroupName: `/aws/vendedlogs/states/${name}`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      stateMachineName: name,
      comment: definition.Comment,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(JSON.stringify(definition)),
      definitionSubstitutions: {
        CoordinatorArn: coordinator.functionArn,
        WorkerArn: worker.functionArn,
        RehearserArn: rehearser.functionArn,
      },
      // Inputs and outputs hold run ids, counts and options, never an item.
      logs: { destination, level: LogLevel.ALL, includeExecutionData: true },
      tracingEnabled: true,
      ...overrides,
    });
    const { machine, executions, children } = machineArns(this, name);
    const allow = (resources: string[], ...actions: string[]) => this.addToRolePolicy(new PolicyStatement({ actions, resources }));
    allow(
      Object.values(functions).map(({ functionArn }) => functionArn),
      'lambda:InvokeFunction',
    );
    // A distributed Map starts its children as executions of the machine itself.
    allow([machine], 'states:StartExecution');
    allow([executions, children], 'states:DescribeExecution', 'states:StopExecution');
    acknowledgePatterns(this.role, ['*'], 'Log delivery and X-Ray know no resources; a test holds that no other action has this one.');
    acknowledgePatterns(this.role, [executions, children], 'An execution has its name only once it runs; all are of this machine.');
  }
}
