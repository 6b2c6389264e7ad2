import { type SentSpan, type SpanCollector, startSpanCollector, waitUntil } from '@berth/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Receiver, startReceiver } from '../events/receiver.ts';
import { type BerthProduct, basic, startBerthProduct } from '../support/berth-product.ts';
import { fetchToken, pushSmallImage } from '../support/small-image.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

let collector: SpanCollector;
let receiver: Receiver;
let product: BerthProduct;

beforeAll(async () => {
  [collector, receiver] = await Promise.all([startSpanCollector(), startReceiver(() => false)]);
  product = await startBerthProduct({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, BERTH_OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8' },
  });
  await product.createRegistry('acme');
  const answer = await fetch(`${product.origin}/api/v1/webhooks`, {
    method: 'POST',
    headers: { authorization: basic('admin', product.password), 'content-type': 'application/json' },
    body: JSON.stringify({ registry: 'acme', name: 'all', url: receiver.url, events: ['tag.updated'] }),
  });
  expect(answer.status).toBe(201);
});

afterAll(async () => {
  await product?.stop();
  await Promise.all([receiver?.close(), collector?.stop()]);
});

test('a push is one trace from the gateway to the databases and on to the webhook that it leads to', async () => {
  const { digest } = await pushSmallImage(product, 'acme/web', '1.0');
  const token = await fetchToken(product, 'repository:acme/web:pull,push');
  const manifests = `${product.origin}/v2/acme/web/manifests`;
  const headers = { authorization: `Bearer ${token}` };
  const manifest = await fetch(`${manifests}/${digest}`, { headers });
  const pushed = await fetch(`${manifests}/2.0`, {
    method: 'PUT',
    headers: {
      ...headers,
      'content-type': String(manifest.headers.get('content-type')),
      traceparent: `00-${TRACE}-${PARENT}-01`,
    },
    body: await manifest.arrayBuffer(),
  });
  expect(pushed.status).toBe(201);

  const traced = () => collector.spans.filter(({ traceId }) => traceId === TRACE);
  const named = (service: string, name: string) =>
    traced().find((span) => span.service === service && span.name === name);
  const PUT = 'PUT /v2/{name}/manifests/{reference}';
  for (const [service, name] of [
    ['distribution-api', PUT],
    ['metadata', 'writeMany'],
    ['webhook-dispatcher', 'POST'],
  ] as const) {
    await waitUntil(() => named(service, name) !== undefined, {
      timeoutMs: 30_000,
      what: `${service}: ${name}`,
    });
  }

  expect(named('distribution-api', PUT)).toMatchObject({
    parentSpanId: PARENT,
    attributes: { 'url.path': '/v2/acme/web/manifests/2.0', 'http.response.status_code': 201 },
  });
  const above = (span: SentSpan | undefined) => traced().find(({ spanId }) => spanId === span?.parentSpanId);
  const path: string[] = [];
  for (let at = named('metadata', 'writeMany'); at !== undefined; at = above(at))
    path.push(`${at.service}: ${at.name}`);
  expect(path).toEqual([
    'metadata: writeMany',
    'metadata: metadata.putManifest',
    'distribution-api: metadata.putManifest',
    `distribution-api: ${PUT}`,
  ]);
  const delivery = named('webhook-dispatcher', 'deliver webhook');
  expect(above(delivery)).toMatchObject({ service: 'metadata', name: 'writeMany' });
  expect(above(named('webhook-dispatcher', 'POST'))).toEqual(delivery);
});

test('nothing that is sent holds a credential', async () => {
  const token = await fetchToken(product, 'repository:acme/web:pull');
  await fetch(`${product.origin}/v2/acme/web/tags/list?token=${product.password}`, {
    headers: { authorization: basic('admin', product.password) },
  });
  const seen = () =>
    collector.spans.some(({ attributes }) => attributes['url.path'] === '/v2/acme/web/tags/list');
  await waitUntil(seen, { what: 'the span of the request' });
  const all = collector.requests.map(({ body }) => body).join('\n');
  for (const secret of [product.password, token, basic('admin', product.password).slice(6)])
    expect(all.includes(secret)).toBe(false);
});
