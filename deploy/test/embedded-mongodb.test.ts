import {
  hasMongoStandIn,
  startBerth,
  startMongoStandIn,
  type TestBerth,
  type TestMongoStandIn,
} from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

let mongo: TestMongoStandIn;
let berth: TestBerth;

/** A call of the management API as the first user. */
async function call(method: string, path: string, body?: object): Promise<{ status: number; json: unknown }> {
  const credentials = Buffer.from(`admin:${berth.adminPassword}`).toString('base64');
  const response = await fetch(`${berth.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: await response.json() };
}

(hasMongoStandIn() ? describe : describe.skip)('Berth on MongoDB', () => {
  beforeAll(async () => {
    mongo = await startMongoStandIn();
    berth = await startBerth({
      env: {
        BERTH_DATABASE_URL: mongo.url,
        BERTH_SCALE: 'metadata=2,auth-token=2',
        BERTH_ADMIN_PASSWORD: 'first-of-all',
      },
    });
  });

  afterAll(async () => {
    await berth.stop();
    await mongo.stop();
  });

  test('runs copies of the services that own data, which know the same and go on without one of them', async () => {
    const names = (await berth.processes()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['metadata', 'metadata-2', 'auth-token', 'auth-token-2']));
    expect(await call('POST', '/registries', { name: 'acme' })).toMatchObject({ status: 201 });
    const taken = { status: 409, json: { code: 'NAME_TAKEN' } };
    for (let round = 0; round < 4; round += 1) {
      expect(await call('POST', '/registries', { name: 'acme' })).toMatchObject(taken);
      expect(await call('GET', '/registries/acme')).toMatchObject({ status: 200, json: { name: 'acme' } });
    }
    process.kill(await berth.pidOf('metadata-2'), 'SIGKILL');
    process.kill(await berth.pidOf('auth-token'), 'SIGKILL');
    for (let round = 0; round < 10; round += 1) {
      expect(await call('GET', '/registries/acme')).toMatchObject({ status: 200, json: { name: 'acme' } });
    }
  });
});
