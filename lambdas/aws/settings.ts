import { Logger } from '@aws-lambda-powertools/logger';
import { BackfillError } from '../../lib/core/errors.ts';
import type { Log } from '../../lib/core/ports.ts';

/** What every handler has: the variables that the stack sets, and a log. */

/** @throws {BackfillError} `option.invalid` */
export const setting = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new BackfillError('option.invalid', `The environment variable ${name} is not set.`);
  return value;
};

/** Physical names of tables by logical ones. */
export function tableNames(): (logical: string) => string {
  const tables: Record<string, string> = JSON.parse(setting('BACKFILL_TABLES'));
  return (logical) => tables[logical] ?? logical;
}

const logger = new Logger({ serviceName: 'backfill' });

export const log: Log = {
  info: (message, details = {}) => logger.info(message, details),
  warn: (message, details = {}) => logger.warn(message, details),
};
