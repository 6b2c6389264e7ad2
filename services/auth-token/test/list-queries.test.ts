import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Api, apiOf } from './api.ts';
import { type Fixture, startFixture } from './fixture.ts';

let fixture: Fixture;
let api: Api;
beforeAll(async () => {
  fixture = await startFixture();
  api = apiOf(fixture);
});
afterAll(() => fixture.stop());

const LISTS = ['users', 'keys', 'robots', 'grants'].map((list) => `/access/${list}`).concat('/audit');

test.each(LISTS)(
  '%s is not asked with a parameter that it does not have: a slip does not list everything',
  async (list) => {
    expect((await api.get(`${list}?limit=1`)).status).toBe(200);
    for (const query of ['regsitry=acme', 'limit=1&lmit=2', 'limit=1&limit=2'])
      expect((await api.get(`${list}?${query}`)).body).toMatchObject({
        status: 400,
        code: expect.stringMatching(/^(QUERY|PAGE)_INVALID$/),
        errors: [{ path: expect.stringMatching(/^\/(regsitry|lmit|limit)$/) }],
      });
  },
);
