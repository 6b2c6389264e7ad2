import {
  hasMongoStandIn,
  startMongoStandIn,
  startNats,
  startS3,
  type TestMongoStandIn,
  type TestNats,
  type TestS3,
  waitUntil,
} from '@berth/testing';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Receiver, startReceiver } from '../events/receiver.ts';
import { clientOf, startWorkload, verifyImage, type Workload } from '../faults/workload.ts';
import { TWO_OF_EACH } from '../support/backends.ts';
import { type BerthProduct, basic, startBerthProduct } from '../support/berth-product.ts';
import { describeWith } from '../support/needs-programs.ts';
import { runCheck } from '../support/operator.ts';
import { pause } from '../support/pause.ts';
import { settings } from '../support/settings.ts';
import { pushSmallImage } from '../support/small-image.ts';
import { startToxiproxy, type Toxic, type ToxicProxy, type Toxiproxy } from '../support/toxiproxy.ts';
import { type RefusingS3, startRefusingS3 } from './refusing-s3.ts';

const HELD_MS = settings.faultSeconds * 1_000;
jest.setTimeout(HELD_MS + 150_000);

/** However long a server does not answer: a client waits no longer than this for its answer. */
const BOUND_MS = 75_000;

const SLOW: Toxic = { type: 'latency', attributes: { latency: 500 } };
/** Nothing comes through, and nobody is told. */
const SWALLOW: Toxic = { type: 'timeout', attributes: { timeout: 0 } };

const needs = {
  programs: ['versitygw', 'toxiproxy-server'],
  obstacle: hasMongoStandIn() ? null : 'missing: mongo-stand-in',
};

describeWith(needs, 'on MongoDB and S3, two copies of every service, with clients at work', () => {
  let s3: TestS3;
  let mongo: TestMongoStandIn;
  let nats: TestNats;
  let refusing: RefusingS3;
  let toxiproxy: Toxiproxy;
  const proxies = {} as Record<'MongoDB' | 'S3' | 'NATS', ToxicProxy>;
  let product: BerthProduct;
  let given: Record<string, string>;
  let receiver: Receiver;
  let workload: Workload;

  beforeAll(async () => {
    [s3, mongo, nats, toxiproxy] = await Promise.all([
      startS3(),
      startMongoStandIn({ keepsData: true }),
      startNats(),
      startToxiproxy(),
    ]);
    refusing = await startRefusingS3(s3.port);
    proxies.MongoDB = await toxiproxy.proxy('mongodb', mongo.port);
    proxies.S3 = await toxiproxy.proxy('s3', refusing.port);
    proxies.NATS = await toxiproxy.proxy('nats', Number(new URL(nats.url).port));
    receiver = await startReceiver(() => false);
    const mongoUrl = new URL(mongo.url);
    mongoUrl.port = String(proxies.MongoDB.port);
    const natsUrl = new URL(nats.url);
    natsUrl.port = String(proxies.NATS.port);
    given = {
      ...s3.credentials,
      BERTH_STORAGE_URL: s3
        .storageUrl('berth')
        .replace(encodeURIComponent(String(s3.port)), String(proxies.S3.port)),
      BERTH_DATABASE_URL: mongoUrl.href,
      BERTH_NATS_URL: natsUrl.href,
    };
    product = await startBerthProduct({
      env: {
        ...given,
        BERTH_SCALE: TWO_OF_EACH,
        BERTH_OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8',
        BERTH_WEBHOOK_RETRY_PAUSE: '200ms',
        BERTH_SWEEP_INTERVAL: '1s',
      },
    });
    await product.createRegistry('acme');
    const answer = await fetch(`${product.origin}/api/v1/webhooks`, {
      method: 'POST',
      headers: { authorization: basic('admin', product.password), 'content-type': 'application/json' },
      body: JSON.stringify({ registry: 'acme', name: 'all', url: receiver.url, events: ['artifact.pushed'] }),
    });
    expect([answer.status, await answer.text()]).toEqual([201, expect.anything()]);
    workload = startWorkload(product, 'acme', 3);
  });

  afterAll(async () => {
    await workload?.stop();
    await product?.stop();
    await receiver?.close();
    await refusing?.close();
    await Promise.all([toxiproxy?.stop(), s3?.stop(), mongo?.stop(), nats?.stop()]);
  });

  /** The longest that one of the requests that are sent again and again took while the fault lasted. */
  async function holdFor(ms: number): Promise<number> {
    const until = Date.now() + ms;
    let longestMs = 0;
    const ask = async (path: string): Promise<void> => {
      while (Date.now() < until) {
        const startedAt = Date.now();
        const answer = await fetch(product.origin + path, {
          headers: { authorization: basic('admin', product.password) },
          signal: AbortSignal.timeout(BOUND_MS),
        }).catch((error) => ({ status: 0, error: String(error), text: async () => '' }));
        longestMs = Math.max(longestMs, Date.now() - startedAt);
        const text = await answer.text().catch(() => '');
        expect([200, 503]).toContain(answer.status);
        if (answer.status === 503) expect(text).toMatch(/UNAVAILABLE|DEADLINE_EXCEEDED/);
        await pause(100);
      }
    };
    await Promise.all([ask('/v2/acme/web/tags/list'), ask('/api/v1/registries'), pause(ms)]);
    return longestMs;
  }

  async function allIsWell(): Promise<void> {
    await product.waitReady(60_000);
    await waitUntil(
      async () => {
        await pushSmallImage(product, 'acme/web', 'probe');
        return true;
      },
      { timeoutMs: 30_000, what: 'a push that succeeds' },
    );
    const processes = await product.processes();
    expect(processes.filter(({ deaths }) => deaths > 0)).toEqual([]);
    for (const { name, port } of processes) await ready(name, port);
  }

  /** Each copy by itself: the gateway's word hides one of two that never found its way back. */
  async function ready(name: string, port: number): Promise<void> {
    let said = '';
    const ask = async (): Promise<boolean> => {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
      said = await answer.text();
      return answer.status === 200;
    };
    await waitUntil(ask, { what: `${name} to be ready` }).catch((error) => {
      throw new Error(`${error.message}; it says ${said}`, { cause: error });
    });
  }

  test.each(['MongoDB', 'S3', 'NATS'] as const)(
    '%s that answers half a second later is waited for',
    async (name) => {
      await pushSmallImage(product, 'acme/web', 'first');
      await proxies[name].disturb(SLOW);
      const pushesBefore = workload.counts.pushes;
      try {
        await holdFor(HELD_MS);
        // A manifest takes ten turns to MongoDB one after the other, and may be refused for want of time.
        if (name !== 'MongoDB')
          await waitUntil(() => workload.counts.pushes > pushesBefore, { what: 'a push' });
      } finally {
        await proxies[name].heal();
      }
      await allIsWell();
    },
  );

  test.each(['MongoDB', 'S3', 'NATS'] as const)(
    'connections to %s that are cut again and again are made anew',
    async (name) => {
      for (let round = 0; round < 5; round++) {
        await proxies[name].cut();
        await proxies[name].heal();
        await pause(HELD_MS / 10);
      }
      await allIsWell();
    },
  );

  test.each(['MongoDB', 'S3', 'NATS'] as const)(
    '%s that swallows what it is sent: errors in bounded time, and all is well afterwards',
    async (name) => {
      await proxies[name].disturb(SWALLOW);
      let longestMs: number;
      try {
        longestMs = await holdFor(HELD_MS);
      } finally {
        await proxies[name].heal();
      }
      expect(longestMs).toBeLessThan(BOUND_MS);
      await allIsWell();
    },
  );

  test.each(['MongoDB', 'NATS'] as const)(
    '%s that is away: errors that say so, and all is well when it is back',
    async (name) => {
      await proxies[name].cut();
      try {
        await holdFor(HELD_MS);
      } finally {
        await proxies[name].heal();
      }
      await allIsWell();
    },
  );

  test.each([
    { status: 503, code: 'ServiceUnavailable', share: 1 },
    { status: 503, code: 'SlowDown', share: 0.5 },
  ])('S3 that answers $status $code to a share of $share of the requests is asked again', async (refusal) => {
    refusing.refuse(refusal);
    try {
      await holdFor(HELD_MS);
    } finally {
      refusing.refuse(null);
    }
    expect(refusing.refused).toBeGreaterThan(0);
    await allIsWell();
  });

  test('after all of that nothing that was acknowledged is lost, no event either, and the check finds nothing', async () => {
    await workload.stop();
    expect(workload.violations).toEqual([]);
    expect(workload.counts.pushes).toBeGreaterThan(20);
    const client = clientOf(product);
    for (const image of workload.acknowledged) await verifyImage(client, image);
    await client.close();
    const pushed = new Set(workload.acknowledged.map(({ repository, tag }) => `${repository}:${tag}`));
    await waitUntil(
      () => {
        const told = new Set(receiver.accepted.map(({ subject }) => subject));
        return [...pushed].every((subject) => told.has(subject));
      },
      { timeoutMs: 60_000, what: 'the event of every push' },
    );
    const report = await runCheck({ product, settings: given }, ['--digests', 'all']);
    expect(report).toMatchObject({ code: 0, findings: [] });
  });
});
