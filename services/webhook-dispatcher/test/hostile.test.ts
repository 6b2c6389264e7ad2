import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Resolve } from '@berth/outbound';
import { makeCertificate, temporaryFolder, waitUntil } from '@berth/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeliveryDocument } from '../documents/delivery.ts';
import type { WebhookDocument } from '../documents/webhook.ts';
import { createWebhook } from '../webhooks/create-webhook.ts';
import { tagUpdated } from './events.ts';
import { type Fixture, ORIGIN, openFixture } from './fixture.ts';
import { OK, type Receiver, startReceiver } from './receiver.ts';

let fixture: Fixture;
let receiver: Receiver;
let addresses: Record<string, string[]> = {};

/** Names at these addresses, one look-up after the other: the last stays. */
const resolve: Resolve = async (hostname) => {
  const left = addresses[hostname] ?? [];
  const address = left.length > 1 ? left.shift() : left[0];
  if (address === undefined) throw new Error(`ENOTFOUND ${hostname}`);
  return [{ address, family: address.includes(':') ? 6 : 4 }];
};

beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await fixture.dispose();
  await receiver.close();
});

async function attempted(webhook: WebhookDocument): Promise<DeliveryDocument> {
  const event = tagUpdated('1.0', 1);
  fixture.dispatch();
  await fixture.take(event);
  return await waitUntil(
    async () => {
      const delivery = await fixture.delivery(webhook, event);
      return delivery.attemptCount > 0 ? delivery : null;
    },
    { timeoutMs: 20_000 },
  );
}

describe('where only public addresses are allowed, a webhook is refused when it is saved', () => {
  beforeEach(async () => {
    addresses = {
      'private.example.com': ['10.1.2.3'],
      'mapped.example.com': ['::ffff:127.0.0.1'],
    };
    fixture = await openFixture({ allowedCidrs: [], resolve });
  });

  test.each([
    ['http://127.0.0.1/', 'a loopback address'],
    ['http://[::1]/', 'a loopback address'],
    ['http://169.254.169.254/latest/meta-data', 'a link-local address'],
    ['http://[fe80::1]/', 'a link-local address'],
    ['http://10.0.0.1/', 'a private address'],
    ['http://192.168.1.1/', 'a private address'],
    ['http://[fd00::1]/', 'unique local'],
    ['http://[::ffff:10.0.0.1]/', 'a private address'],
    ['http://[::ffff:127.0.0.1]/', 'a loopback address'],
    ['http://0.0.0.0/', 'the unspecified address'],
    ['http://private.example.com/', 'a private address'],
    ['http://mapped.example.com/', 'a loopback address'],
  ])('%s is %s', async (url, kind) => {
    const refused = createWebhook(fixture.dispatcher, {
      registry: undefined,
      settings: { name: 'x', url, events: ['tag.updated'] },
      origin: ORIGIN,
    });
    await expect(refused).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      message: expect.stringMatching(new RegExp(`${kind}.*BERTH_OUTBOUND_ALLOW_CIDRS`)),
    });
  });

  test('a name that does not resolve is refused too', async () => {
    await expect(fixture.webhook('http://missing.example.com/')).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      message: expect.stringContaining('missing.example.com'),
    });
  });

  test('a name that is at a private address when it is sent to is not connected to, and the log says why', async () => {
    addresses = { 'moving.example.com': ['93.184.215.14', '127.0.0.1'] };
    const webhook = await fixture.webhook(`http://moving.example.com:${receiver.port}/`);
    const { attempts, state } = await attempted(webhook);
    expect(attempts).toMatchObject([{ status: null, error: expect.stringContaining('a loopback address') }]);
    expect(state).toBe('pending');
    expect(receiver.received).toEqual([]);
  });
});

describe('a receiver', () => {
  beforeEach(async () => {
    addresses = { 'hooks.example.com': ['127.0.0.1'] };
    fixture = await openFixture({ resolve });
  });

  test('in an allowed range is reached', async () => {
    const webhook = await fixture.webhook(`http://hooks.example.com:${receiver.port}/`);
    expect((await attempted(webhook)).state).toBe('succeeded');
  });

  test.each([
    [
      'http://169.254.169.254/latest/meta-data',
      /redirects to http:\/\/169\.254\.169\.254.*only redirects to the same host/,
    ],
    ['http://10.0.0.1/', /only redirects to the same host/],
    ['file:///etc/passwd', /only redirects to the same host/],
  ])('that redirects to %s is not followed, and the log says why', async (location, reason) => {
    receiver.answer = (_received, response) => response.writeHead(307, { location }).end();
    const { attempts } = await attempted(await fixture.webhook(receiver.url));
    expect(attempts[0]?.error).toMatch(reason);
  });

  test('that sends a POST to a page to look at has not taken it', async () => {
    receiver.answer = (received, response) =>
      received.path === '/hook'
        ? response.writeHead(302, { location: '/login' }).end()
        : OK(received, response);
    const { attempts, state } = await attempted(await fixture.webhook(receiver.url));
    expect(attempts).toMatchObject([{ status: 302, error: 'the receiver answered 302 Found' }]);
    expect(state).toBe('pending');
    expect(receiver.received).toHaveLength(1);
  });

  test('that answers 10 GB is cut off after 4 KiB, its answer marked as cut', async () => {
    let isClosed = false;
    receiver.answer = (_received, response) => {
      const piece = Buffer.alloc(64 * 1_024, 'x');
      response.writeHead(500, { 'content-length': 10 * 2 ** 30 });
      const fill = () => {
        while (!response.destroyed && response.write(piece));
      };
      response.on('drain', fill).on('close', () => (isClosed = true));
      fill();
    };
    const { response, attempts } = await attempted(await fixture.webhook(receiver.url));
    expect(response).toMatchObject({ status: 500, isTruncated: true });
    expect(response?.body).toHaveLength(4_096);
    expect(attempts[0]?.error).toBe('the receiver answered 500 Internal Server Error');
    await waitUntil(() => isClosed);
  });

  test('that never answers is cut off after ten seconds, and the log says so', async () => {
    receiver.answer = () => {};
    const { attempts } = await attempted(await fixture.webhook(receiver.url));
    expect(attempts).toMatchObject([
      { status: null, error: expect.stringMatching(/no whole answer within 10000 ms/) },
    ]);
    expect(attempts[0]?.durationMs).toBeGreaterThan(9_000);
    expect(attempts[0]?.durationMs).toBeLessThan(12_000);
    await waitUntil(() => receiver.open === 0);
  });

  test('with a hundred large headers does not fill the log of deliveries', async () => {
    receiver.answer = (_received, response) => {
      for (let n = 0; n < 100; n += 1) response.setHeader(`x-${n}`, 'y'.repeat(100));
      response.end();
    };
    const { response } = await attempted(await fixture.webhook(receiver.url));
    expect(Object.keys(response?.headers ?? {})).toHaveLength(32);
  });
});

describe('a certificate', () => {
  test.each<[string, object, RegExp | null]>([
    ['that nobody knows is refused', {}, /self.signed|unable to verify/i],
    ['is taken where it is not looked at', { skipTlsVerify: true }, null],
    ['is taken from the authority that the webhook names', { caCertificate: 'own' }, null],
  ])('%s', async (_what, settings, error) => {
    addresses = { localhost: ['127.0.0.1'] };
    fixture = await openFixture({ resolve });
    const files = makeCertificate(await temporaryFolder(), 'receiver');
    const [cert, key] = [readFileSync(files.certificate, 'utf8'), readFileSync(files.key)];
    const server = createServer({ cert, key }, (_request, response) => response.end('thanks'));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const trust = 'caCertificate' in settings ? { caCertificate: cert } : settings;
    const { attempts } = await attempted(await fixture.webhook(`https://localhost:${port}/`, trust));
    if (error === null) expect(attempts).toMatchObject([{ status: 200, error: null }]);
    else expect(attempts[0]?.error).toMatch(error);
    server.closeAllConnections();
    server.close();
  });
});
