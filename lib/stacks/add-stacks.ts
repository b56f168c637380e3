import { type App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { BackfillShape } from '../constructs/backfill.ts';
import { stackNames } from '../workflow/names.ts';
import { readConfig } from './config.ts';
import { RunnerStack } from './runner-stack.ts';
import { StateStack } from './state-stack.ts';

/** The two stacks of one environment. cdk-nag looks at them in every synth: a finding without a reasoned acknowledgement fails it. */
export function addStacks(app: App, backfills: readonly BackfillShape[]): { state: StateStack; runner: RunnerStack } {
  const config = readConfig((key) => app.node.tryGetContext(key), backfills);
  const { environment, env } = config;
  const names = stackNames(environment);
  const state = new StateStack(app, names.state, { config, backfills, env });
  const runner = new RunnerStack(app, names.runner, { config, backfills, state, env });
  const tags = { project: 'dynamodb-backfill', environment, ...config.tags };
  for (const [name, value] of Object.entries(tags)) Tags.of(app).add(name, value);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { state, runner };
}
