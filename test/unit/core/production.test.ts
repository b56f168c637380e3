import { requireConfirmation } from '../../../lib/core/production.ts';

const refusal = (input: object) => {
  try {
    requireConfirmation(input, { environment: 'production' });
    return undefined;
  } catch (error) {
    return error;
  }
};

test('who leaves the backup out is told so before confirming it', () => {
  expect(refusal({})).toMatchObject({ message: 'This writes to production, and nobody has confirmed it.' });
  expect(refusal({ backup: true })).toMatchObject({ message: 'This writes to production, and nobody has confirmed it.' });
  expect(refusal({ backup: false })).toMatchObject({
    code: 'confirm.required',
    message: 'This writes to production without a backup, and nobody has confirmed it.',
    remedy: expect.stringContaining('{"backup":false,"confirm":"YES"}'),
  });
  expect(refusal({ backup: false, confirm: 'yes' })).toMatchObject({
    message: 'This writes to production without a backup, and "yes" is not the word that confirms it.',
  });
  expect(refusal({ backup: false, confirm: 'YES' })).toBeUndefined();
});
