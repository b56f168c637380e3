/** Names that leave the stacks: operators type them, the CLI looks them up, roles name them before the things are there. */

export const machineNames = (backfill: string, environment: string) => {
  const run = `backfill-${backfill}-${environment}`;
  return { run, rollback: `${run}-rollback` };
};

/** The parameter of Systems Manager in which a deployment describes itself: see `Deployed`. */
export const deploymentParameter = (environment: string): string => `/backfill/${environment}/deployment`;

/** Of EventBridge Scheduler. */
export const scheduleName = (backfill: string, environment: string): string => `backfill-${backfill}-${environment}`;

/** CloudWatch keeps one set of dashboards for all regions of an account. */
export const dashboardName = (environment: string, region: string): string => `backfill-${environment}-${region}`;

export const stackNames = (environment: string) => ({
  state: `backfill-${environment}-state`,
  runner: `backfill-${environment}-runner`,
});
