import { openTemporaryStore } from '@berth/document-store/testing';
import { expect, test } from '@jest/globals';
import { checkPolicy } from '../policies/check-policy.ts';
import { addEndpoint, openCopy } from './fixture.ts';

test('a schedule is five fields of cron, and comes at some time', async () => {
  const { store, dispose } = await openTemporaryStore();
  const { records } = openCopy(store);
  await addEndpoint(records);
  const filters = { images: { match: ['**'] }, tags: { match: ['**'] } };
  const check = (schedule: string) =>
    checkPolicy(records, 'push', {
      ...{ ...filters, trigger: 'scheduled', schedule, deletes: 'keep', endpoint: 'e-west' },
    });
  for (const schedule of ['0 3 * * *', '0 0 29 2 *', '*/5  * * * MON-FRI']) await check(schedule);
  for (const schedule of [
    '0 0 30 2 *',
    '0 0 31 4,6 *',
    '@annually',
    '0 0 * * * *',
    'soon or later or never so',
  ])
    await expect(check(schedule)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining(`/schedule "${schedule}" must be five fields of cron`),
    });
  await dispose();
});
