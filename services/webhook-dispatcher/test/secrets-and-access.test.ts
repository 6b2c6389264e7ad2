import { waitUntil } from '@berth/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { tagUpdated } from './events.ts';
import { type ServiceFixture, startServiceFixture } from './service-fixture.ts';

let fixture: ServiceFixture;

beforeAll(async () => {
  fixture = await startServiceFixture({ env: { BERTH_WEBHOOK_RETRY_PAUSE: '50ms' } });
});
afterAll(() => fixture.stop());
afterEach(() => fixture.reset());

describe('access', () => {
  test('is for maintainers of the registry: others learn no more than that something is missing', async () => {
    const { id } = await fixture.create();
    const { body: sent } = await fixture.call('ann', 'POST', `/${id}/test`);
    const foreign = await fixture.create({ registry: 'other' });
    const routes: [string, string][] = [
      ['GET', `/${id}`],
      ['PATCH', `/${id}`],
      ['DELETE', `/${id}`],
      ['POST', `/${id}/test`],
      ['GET', `/${id}/deliveries`],
      ['GET', `/${id}/deliveries/${sent.id}`],
      ['POST', `/${id}/deliveries/${sent.id}/redeliver`],
    ];
    for (const [method, path] of routes) {
      const body = method === 'PATCH' ? { body: { name: 'mine' } } : {};
      const missing = await fixture.call('bob', method, path.replace(id, 'nothing'), body);
      for (const user of ['bob', 'eve']) {
        const answer = await fixture.call(user, method, path, body);
        expect([user, method, path, answer.status, answer.body.code]).toEqual([
          user,
          method,
          path,
          404,
          'WEBHOOK_NOT_FOUND',
        ]);
        expect(answer.body.detail.replaceAll(id, 'nothing')).toBe(missing.body.detail);
      }
      expect((await fixture.call('dev', method, path, body)).status).toBe(403);
      expect((await fixture.call(null, method, path, body)).status).toBe(401);
    }
    const cross = await fixture.call('bob', 'GET', `/${foreign.id}/deliveries/${sent.id}`);
    expect([cross.status, cross.body.code]).toEqual([404, 'DELIVERY_NOT_FOUND']);
    expect((await fixture.call('bob', 'POST', `/${foreign.id}/deliveries/${sent.id}/redeliver`)).status).toBe(
      404,
    );
  });

  test.each([
    ['GET', '?registry=acme', 'bob', 404],
    ['GET', '?registry=acme', 'dev', 403],
    ['GET', '?registry=open', 'eve', 403],
    ['GET', '', 'ann', 403],
    ['GET', '?registry=*', 'ann', 403],
    ['POST', 'acme', 'bob', 404],
    ['POST', 'acme', 'dev', 403],
    ['POST', '*', 'ann', 403],
    ['POST', '*', 'admin', 201],
  ])('%s %s as %s is %d', async (method, where, user, status) => {
    const answer =
      method === 'GET'
        ? await fixture.call(user, 'GET', where)
        : await fixture.call(user, 'POST', '', { body: fixture.settings({ registry: where }) });
    expect(answer.status).toBe(status);
  });
});

test('No secret is anywhere in clear text: not in answers, log, events, deliveries or database, also when a receiver echoes it', async () => {
  const secret = 'whsec_c2VjcmV0LXRoYXQtbXVzdC1uZXZlci1sZWFrLWF0LWFsbA==';
  const credential = 'credential-that-must-never-leak';
  fixture.receiver.answer = ({ headers }, response) => {
    response.setHeader('x-echo', String(headers.authorization));
    response.setHeader('set-cookie', 'session=cookie-that-must-never-leak');
    response.writeHead(500).end(`${headers.authorization} ${secret}`);
  };
  const { id } = await fixture.create({ secret, authorization: `Bearer ${credential}` });
  fixture.emit(tagUpdated('1.0', 1));
  await waitUntil(async () =>
    (await fixture.deliveries(id)).some(({ attemptCount }) => Number(attemptCount) > 0),
  );
  const { body } = await fixture.call('ann', 'POST', `/${id}/test`);
  expect(body.response.body).toBe('[redacted] [redacted]');
  const shown = [
    await fixture.written(),
    ...(await Promise.all(
      ['', `/${id}`, `/${id}/deliveries`, `/${id}/deliveries/${body.id}`].map(
        async (path) => (await fixture.call('admin', 'GET', path)).text,
      ),
    )),
  ].join('\n');
  expect(shown).toContain('x-echo');
  for (const text of [secret, secret.slice(6), credential, 'cookie-that-must-never-leak'])
    expect(shown.includes(text)).toBe(false);
});
