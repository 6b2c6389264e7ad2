import { describe, expect, test } from '@jest/globals';
import { openDocumentStore } from '../index.ts';

describe('openDocumentStore', () => {
  test.each([
    ['mysql://host/db', /"mysql:"/],
    ['/just/a/path.db', /"\/just\/a\/path.db:"/],
    ['', /no document store/i],
    ['sqlite:relative.db', /absolute/],
    ['sqlite:/a/folder/', /does not name a file/],
    ['sqlite:/dev/null/x.db', /\/dev\/null/],
  ])('refuses %j and says why', async (url, message) => {
    await expect(openDocumentStore({ url })).rejects.toMatchObject({
      name: 'StoreError',
      code: 'UNAVAILABLE',
      message: expect.stringMatching(message),
    });
  });
});
