import type { SignOff } from '../../core/definition.ts';

/** What the plan of this backfill asks for before it is signed off. */
export const signOff: SignOff = {
  must: [
    {
      text: 'Every item has its normalized values; those of a wrong shape or listed as failed are excepted, and counted.',
      checks: ['completion'],
    },
    { text: 'They are well-formed: lists, lower case, no blanks, no duplicates.', checks: ['quality'] },
    { text: 'They are what their originals give.', checks: ['consistency'] },
    { text: 'Every item is found by its own values.', checks: ['compatibility'] },
    { text: 'The originals are unchanged.', fact: 'originals-unchanged' },
    { text: 'Every item that was scanned has its outcome.', fact: 'counts-add-up' },
  ],
  should: [
    { text: 'Throttling was avoided, or nearly.', fact: 'throttles' },
    { text: 'There was no incident.', fact: 'incidents' },
    { text: 'The application answers as fast as before.', fact: 'unmeasured' },
    { text: 'More requests find something: `npx backfill query wardrobe-normalize --pass-rate`.', fact: 'unmeasured' },
  ],
  signers: ['Engineering lead', 'Data lead', 'Operations lead'],
};
