import { App } from 'aws-cdk-lib';
import { addStacks } from '../lib/stacks/add-stacks.ts';
import { backfills, isBackfillError } from '../lib/workflow/deployment.ts';

try {
  addStacks(new App(), backfills);
} catch (error) {
  if (!isBackfillError(error)) throw error;
  console.error(`${error.code}: ${error.message}\n${error.remedy}`);
  process.exitCode = 1;
}
