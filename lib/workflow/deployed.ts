import * as z from 'zod/mini';

/** What a deployment says of itself, as JSON in one parameter (`deploymentParameter`): all that the CLI must know to drive it. */
export const Deployed = z.object({
  environment: z.string(),
  ledgerTable: z.string(),
  serviceCacheTable: z.string(),
  artifactsBucket: z.string(),
  /** Physical names by logical ones. */
  tables: z.record(z.string(), z.string()),
  /** By the backfill's name. */
  backfills: z.record(
    z.string(),
    z.object({
      version: z.string(),
      /** Of the definition's code. */
      digest: z.string(),
      machineArn: z.string(),
      rollbackMachineArn: z.string(),
    }),
  ),
  /** Where AWS AppConfig keeps the feature flags: ids of application, environment, profile and deployment strategy. */
  flags: z.object({ application: z.string(), environment: z.string(), profile: z.string(), strategy: z.string() }),
  dashboard: z.string(),
  /** The topic of all alarms. */
  alarms: z.string(),
  concurrency: z.int(),
  undoDays: z.int(),
});
export type Deployed = z.infer<typeof Deployed>;
