import type { CheckContext, CheckResult } from '../../core/checks.ts';
import { accessPaths } from './checks/access-paths.ts';
import { addressAgreement, merchantNameAgreement } from './checks/agreement.ts';
import { coordinates, geohashes } from './checks/coordinates.ts';
import { coverage } from './checks/coverage.ts';
import { confidence, confidenceDistribution, geohashDistribution } from './checks/distributions.ts';
import { dualWrites } from './checks/dual-writes.ts';
import { partitions } from './checks/partitions.ts';
import { duplicates, orphans } from './checks/place-rows.ts';
import { sampledRows } from './checks/sampled-rows.ts';

/** The validation of receipt-place: one scan, which every check sees partition by partition, then the queries. */
export async function checks(context: CheckContext): Promise<CheckResult[]> {
  const all = [
    coverage(context),
    orphans(context),
    duplicates(),
    coordinates(),
    geohashes(),
    geohashDistribution(),
    confidence(),
    confidenceDistribution(),
    merchantNameAgreement(),
    addressAgreement(),
    sampledRows(context),
    dualWrites(context),
    accessPaths(context),
  ];
  for await (const partition of partitions(context.read)) {
    for (const check of all) check.see(partition);
  }
  const results: CheckResult[] = [];
  for (const check of all) results.push(...(await check.results()));
  return results;
}
