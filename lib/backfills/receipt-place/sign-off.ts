import type { SignOff } from '../../core/definition.ts';

/** What the plan of this backfill asks for before it is signed off. */
export const signOff: SignOff = {
  must: [
    {
      text: 'Every well-formed ReceiptMetadata with a place id has its ReceiptPlace; those listed as failed are excepted, and counted.',
      checks: ['coverage'],
    },
    { text: 'Every ReceiptPlace with usable coordinates has a valid geohash; those without are counted.', checks: ['geohash'] },
    { text: 'No data is inconsistent.', checks: ['sampled-rows', 'duplicates', 'orphans', 'merchant-name-agreement', 'address-agreement'] },
    {
      text: 'Every access path works.',
      checks: ['access-by-merchant', 'access-by-place', 'access-by-status', 'access-by-geohash', 'access-by-geohash-neighbours'],
    },
    { text: 'The application has not got worse.', fact: 'unmeasured' },
    { text: 'No data was lost.', fact: 'originals-unchanged' },
    { text: 'Every item that was scanned has its outcome.', fact: 'counts-add-up' },
  ],
  should: [
    { text: 'It took less than two weeks.', fact: 'duration' },
    { text: 'Throttling was avoided, or nearly.', fact: 'throttles' },
    { text: 'Calls of Google Places cost no more than projected.', fact: 'service-cost' },
    { text: 'Every access path answers within 100 ms at p99.', checks: ['query-latency'] },
    { text: 'There was no incident.', fact: 'incidents' },
    { text: 'The team is confident for what comes next.', fact: 'unmeasured' },
  ],
  signers: ['Engineering lead', 'Data lead', 'Operations lead'],
};
