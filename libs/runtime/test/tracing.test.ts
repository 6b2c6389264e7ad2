import { Writable } from 'node:stream';
import { type SpanCollector, startSpanCollector } from '@berth/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLifecycle, type OwnedLifecycle } from '../lifecycle.ts';
import { createLogger, silentLogger } from '../logger.ts';
import { createMetrics } from '../metrics.ts';
import { startTracing } from '../tracing/start-tracing.ts';
import { inSpan, isTracing, traceId, traceparent } from '../tracing/trace.ts';
import type { TracingSettings } from '../tracing/tracing-settings.ts';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const TRACE = PARENT.slice(3, 35);

let collector: SpanCollector;
let life: OwnedLifecycle;

beforeEach(async () => {
  collector = await startSpanCollector();
  life = createLifecycle({ logger: silentLogger, metrics: createMetrics('test', { withProcess: false }) });
});

afterEach(async () => {
  await life.shutdown('the test ends');
  await collector.stop();
});

const start = (more: Partial<TracingSettings> = {}) =>
  startTracing(life, 'metadata', {
    OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/`,
    OTEL_TRACES_SAMPLER: 'parentbased_always_on',
    ...more,
  });
const sent = async () => {
  await life.shutdown('all is to be sent');
  return collector.spans;
};

test('without an endpoint work runs as it is, and nothing is known of a trace', async () => {
  await startTracing(life, 'metadata', { OTEL_TRACES_SAMPLER: 'always_on' });
  const within = await inSpan('work', { kind: 'server', parent: PARENT }, async () => traceparent());
  expect([within, isTracing(), traceId()]).toEqual([undefined, false, undefined]);
});

describe('with an endpoint', () => {
  test('spans go there under the name of the service, the inner ones children of the outer', async () => {
    await start({ OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector,x=1' });
    await inSpan('GET', { kind: 'server', parent: PARENT }, async (span) => {
      span.rename('GET /v2/');
      await inSpan('find', { kind: 'client', attributes: { 'db.collection.name': 'tags' } }, async () => {});
    });
    const [inner, outer] = await sent();
    expect(collector.requests[0]?.headers).toMatchObject({ authorization: 'Bearer collector', x: '1' });
    const parentSpanId = PARENT.slice(36, 52);
    expect(outer).toMatchObject({ name: 'GET /v2/', service: 'metadata', traceId: TRACE, parentSpanId });
    expect(inner).toMatchObject({
      ...{ name: 'find', traceId: TRACE, parentSpanId: outer?.spanId },
      attributes: { 'db.collection.name': 'tags' },
    });
  });

  test('work that belongs to no request makes no trace of its own, a request does', async () => {
    await start();
    await inSpan('poll', { kind: 'client' }, async () => {});
    await inSpan('request', { kind: 'server' }, async () => {});
    expect((await sent()).map(({ name }) => name)).toEqual(['request']);
  });

  test.each(['', 'nonsense', PARENT.replace('0af7', 'ZZZZ'), `00-${'0'.repeat(32)}-b7ad6b7169203331-01`])(
    'the parent "%s" counts as none',
    async (parent) => {
      await start();
      await inSpan('request', { kind: 'server', parent }, async () => {});
      expect((await sent()).map(({ parentSpanId }) => parentSpanId)).toEqual(['']);
    },
  );

  test('an error is told by its code, never by its message, and passed on', async () => {
    await start();
    const secret = Object.assign(new Error('password hunter2'), { code: 'ECONNREFUSED' });
    await expect(inSpan('a', { kind: 'server' }, () => Promise.reject(secret))).rejects.toBe(secret);
    const expected = { kind: 'server', isFailure: () => false } as const;
    await expect(inSpan('b', expected, () => Promise.reject(new RangeError('x')))).rejects.toThrow('x');
    expect(await sent()).toMatchObject([
      { name: 'a', isFailed: true, attributes: { 'error.type': 'ECONNREFUSED' } },
      { name: 'b', isFailed: false, attributes: { 'error.type': 'RangeError' } },
    ]);
    expect(JSON.stringify(collector.requests)).not.toContain('hunter2');
  });

  test('what a caller has not sampled is not sent, and that is handed on', async () => {
    await start();
    const parent = PARENT.replace(/01$/, '00');
    const handed = await inSpan('request', { kind: 'server', parent }, async () => traceparent());
    expect(handed).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    expect(await sent()).toEqual([]);
  });

  test.each([
    ['always_off', undefined, 0],
    ['traceidratio', '0', 0],
    ['parentbased_traceidratio', '1', 20],
  ] as const)('the sampler %s with %s keeps %d of 20', async (sampler, share, kept) => {
    await start({
      OTEL_TRACES_SAMPLER: sampler,
      ...(share !== undefined && { OTEL_TRACES_SAMPLER_ARG: share }),
    });
    for (let at = 0; at < 20; at += 1) await inSpan('request', { kind: 'server' }, async () => {});
    expect(await sent()).toHaveLength(kept);
  });

  test('a line of the log within a span has the id of its trace', async () => {
    await start();
    const lines: string[] = [];
    const terminal = new Writable({ write: (chunk, _, done) => done(void lines.push(String(chunk))) });
    const logger = createLogger({ service: 'test', level: 'info', terminal });
    await inSpan('request', { kind: 'server', parent: PARENT }, async () => logger.info('within'));
    logger.info('outside');
    await logger.close();
    expect(lines.map((line) => JSON.parse(line).traceId)).toEqual([TRACE, undefined]);
  });
});

test.each([503, 'nothing'] as const)('a collector that answers %s costs the work nothing', async (how) => {
  await start();
  collector.answer(how);
  for (let at = 0; at < 5_000; at += 1) await inSpan('request', { kind: 'server' }, async () => {});
  await collector.stop();
  expect(await life.shutdown('the collector is gone')).toBe(true);
  expect(isTracing()).toBe(false);
});
