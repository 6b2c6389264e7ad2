import { waitUntil } from '@berth/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ociCode, type RawAnswer, rawRequest } from '../hostile/raw-request.ts';
import { type BerthProduct, basic, startBerthProduct } from '../support/berth-product.ts';
import { fetchToken, pushSmallImage } from '../support/small-image.ts';

/** The longest that a request may take to be refused while the bus is away. */
const SECONDS = 12_000;

describe('while nats-server', () => {
  let product: BerthProduct;
  let token: string;
  let servicePids: readonly number[];

  beforeEach(async () => {
    product = await startBerthProduct();
    await product.createRegistry('acme');
    await pushSmallImage(product, 'acme/web', 'good');
    token = await fetchToken(product, 'repository:acme/web:pull,push');
    servicePids = await pidsOfServices();
  });

  afterEach(() => product?.stop(), 60_000);

  const pidsOfServices = async (): Promise<number[]> =>
    (await product.processes()).filter(({ name }) => name !== 'nats-server').map(({ pid }) => pid);

  const send = (method: string, path: string, authorization = `Bearer ${token}`): Promise<RawAnswer> =>
    rawRequest(product.port, { method, path, headers: { Authorization: authorization } }, SECONDS);

  const requests: readonly (readonly [string, string])[] = [
    ['GET', '/v2/acme/web/manifests/good'],
    ['GET', '/v2/acme/web/tags/list'],
    ['POST', '/v2/acme/web/blobs/uploads/'],
    ['DELETE', '/v2/acme/web/blobs/uploads/anything'],
  ];

  async function expectRefusals(): Promise<void> {
    const answers = await Promise.all(requests.map(([method, path]) => send(method, path)));
    for (const answer of answers) {
      expect({ status: answer.status, code: ociCode(answer) }).toEqual({ status: 503, code: 'UNAVAILABLE' });
      expect(JSON.parse(answer.body).errors[0].message).not.toBe('');
    }
    const login = await send('GET', '/v2/', basic(product.username, product.password));
    expect([200, 503]).toContain(login.status);
    const management = await send('GET', '/api/v1/registries', basic(product.username, product.password));
    expect(management.status).toBe(503);
    expect(management.headers['content-type']).toContain('application/problem+json');
  }

  async function expectAllWell(): Promise<void> {
    await waitUntil(async () => (await send('GET', '/v2/acme/web/manifests/good')).status === 200, {
      timeoutMs: 30_000,
    });
    await product.waitReady(30_000);
    await pushSmallImage(product, 'acme/web', 'after');
    expect((await send('GET', '/v2/acme/web/manifests/after')).status).toBe(200);
    expect(await pidsOfServices()).toEqual(servicePids);
  }

  test('is stopped, requests fail in seconds with a reason; when it goes on, all is well without a restart', async () => {
    const { pid } = await product.process('nats-server');
    process.kill(pid, 'SIGSTOP');
    try {
      await expectRefusals();
      const ready = await rawRequest(product.port, { path: '/readyz' }, SECONDS);
      expect(ready.status).toBe(503);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await expectAllWell();
  });

  test('is killed again and again, requests fail in seconds or succeed; afterwards all is well', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { pid } = await product.process('nats-server');
      process.kill(pid, 'SIGKILL');
      const answers = await Promise.all(requests.map(([method, path]) => send(method, path)));
      for (const { status } of answers) expect([200, 202, 404, 503]).toContain(status);
      await product.waitReady(30_000);
    }
    await expectAllWell();
  });
});
