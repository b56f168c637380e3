import { App } from 'aws-cdk-lib';
import { backfills } from '../lib/backfills/index.ts';
import { isBackfillError } from '../lib/core/errors.ts';
import { addStacks } from '../lib/stacks/add-stacks.ts';

try {
  addStacks(new App(), backfills);
} catch (error) {
  if (!isBackfillError(error)) throw error;
  console.error(`${error.code}: ${error.message}\n${error.remedy}`);
  process.exitCode = 1;
}
