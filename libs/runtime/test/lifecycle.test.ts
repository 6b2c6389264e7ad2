import { describe, expect, test } from '@jest/globals';
import { createLifecycle, createMetrics, newId, silentLogger } from '../index.ts';

function lifecycle(limits: { shutdownMs?: number; checkMs?: number } = {}) {
  return createLifecycle({
    logger: silentLogger,
    metrics: createMetrics('test', { withProcess: false }),
    ...limits,
  });
}

describe('createLifecycle', () => {
  test('closes in reverse order, one after the other, and once only', async () => {
    const life = lifecycle();
    const closed: string[] = [];
    life.onShutdown('store', () => void closed.push('store'));
    life.onShutdown('bus', async () => {
      closed.push('bus begins');
      await Promise.resolve();
      closed.push('bus ends');
    });
    const [first, second] = await Promise.all([life.shutdown('test'), life.shutdown('again')]);
    expect(closed).toEqual(['bus begins', 'bus ends', 'store']);
    expect([first, second]).toEqual([true, true]);
  });

  test('goes on past a part that fails and one that never ends, and says that it was not clean', async () => {
    const life = lifecycle({ shutdownMs: 20 });
    let isClosed = false;
    life.onShutdown('last', () => {
      isClosed = true;
    });
    life.onShutdown('stuck', () => new Promise<void>(() => {}));
    life.onShutdown('broken', () => Promise.reject(new Error('broken')));
    expect(await life.shutdown('test')).toBe(false);
    expect(isClosed).toBe(true);
  });

  test('is ready when every check passes, and names what is not', async () => {
    const life = lifecycle({ checkMs: 20 });
    life.addReadiness('store', async () => {});
    expect(await life.readiness()).toEqual({ ready: true, checks: { store: 'ok' } });
    life.addReadiness('bus', () => Promise.reject(new Error('disconnected')));
    life.addReadiness('slow', () => new Promise<void>(() => {}));
    expect(await life.readiness()).toEqual({
      ready: false,
      checks: { store: 'ok', bus: 'disconnected', slow: 'no end after 20 ms' },
    });
  });

  test('is not ready from the moment the shutdown begins', async () => {
    const life = lifecycle();
    const ending = life.shutdown('test');
    expect(life.stopping.aborted).toBe(true);
    expect((await life.readiness()).ready).toBe(false);
    await ending;
  });
});

describe('createMetrics', () => {
  test('tells counters, gauges and histograms with the service as a label', async () => {
    const metrics = createMetrics('metadata', { withProcess: false });
    metrics.counter({ name: 'a_total', help: 'a', labels: ['route'] }).inc({ route: 'x' }, 2);
    metrics.counter({ name: 'a_total', help: 'a', labels: ['route'] }).inc({ route: 'x' });
    metrics.gauge({ name: 'b', help: 'b', read: () => 7 });
    metrics.histogram({ name: 'c_seconds', help: 'c', buckets: [1] }).observe(0.5);
    const text = await metrics.text();
    expect(text).toContain('a_total{route="x",service="metadata"} 3');
    expect(text).toContain('b{service="metadata"} 7');
    expect(text).toContain('c_seconds_bucket{le="1",service="metadata"} 1');
  });

  test('has the figures of the process', async () => {
    expect(await createMetrics('metadata').text()).toContain('process_cpu_seconds_total');
  });
});

describe('newId', () => {
  test('is 26 lower-case characters that sort by time and do not repeat', () => {
    const ids = Array.from({ length: 5_000 }, () => newId(() => 1_700_000_000_000));
    expect(new Set(ids).size).toBe(5_000);
    expect(ids[0]).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
    expect(newId(() => 1_700_000_000_001) > (ids[0] ?? '')).toBe(true);
  });
});
