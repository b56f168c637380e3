import type { CheckContext, CheckResult } from '../../../core/checks.ts';
import { writtenSince } from './moments.ts';
import type { Partition, PartitionCheck } from './partitions.ts';
import { count, Examples, keyText, nothingToCheck, plural } from './wording.ts';

/** Every eligible metadata row has its place row. What the application wrote since the run began is judged by `dual-writes`. */
export function coverage(context: CheckContext): PartitionCheck {
  const isNew = writtenSince(context.runStarted);
  const missing = new Examples();
  const malformed = new Examples();
  const failed = new Examples();
  let eligible = 0;
  let withoutPlaceId = 0;

  const coverageResult = (): CheckResult => {
    if (eligible === 0) return nothingToCheck('coverage', 'eligible receipts');
    const partial = context.partial && missing.total > 0;
    const exceptions = malformed.total + failed.total;
    const excepted = exceptions > 0 ? `; ${count(exceptions)} malformed or listed as failed` : '';
    return {
      name: 'coverage',
      status: missing.total === 0 ? 'pass' : partial ? 'info' : 'fail',
      message: `${count(eligible - missing.total)} of ${count(eligible)} ${eligible === 1 ? 'eligible receipt has its' : 'eligible receipts have their'} place row${excepted}${partial ? '; the run did not come to all' : ''}.`,
      measured: { eligible, covered: eligible - missing.total, missing: missing.total, withoutPlaceId, malformed: malformed.total },
      ...missing.field,
    };
  };

  const exceptionsResult = (): CheckResult => {
    if (eligible + withoutPlaceId + malformed.total + failed.total === 0) return nothingToCheck('coverage-exceptions', 'metadata rows');
    const exceptions = malformed.total + failed.total;
    return {
      name: 'coverage-exceptions',
      status: exceptions === 0 ? 'pass' : 'warn',
      message: `${plural(exceptions, 'metadata row is', 'metadata rows are')} excepted: ${count(malformed.total)} malformed, ${count(failed.total)} listed as failed for another reason.`,
      measured: { malformed: malformed.total, failed: failed.total },
      ...(failed.total > 0 ? failed.field : malformed.field),
    };
  };

  return {
    see({ receipts }: Partition) {
      for (const { metadata, item, eligible: isEligible, place } of receipts) {
        if (item === undefined) malformed.add(keyText(metadata));
        else if (isNew(metadata)) continue;
        else if (!isEligible) withoutPlaceId += 1;
        else {
          if (place === undefined && context.failed(metadata)) {
            failed.add(keyText(metadata));
            continue;
          }
          eligible += 1;
          if (place === undefined) missing.add(keyText(metadata));
        }
      }
    },
    results: () => [coverageResult(), exceptionsResult()],
  };
}
