import type { CloudEvent } from '@berth/contracts';
import type { Metrics } from '@berth/runtime';
import type { Delivery } from '../documents/delivery.ts';
import type { Next } from './after-attempt.ts';

export interface DeliveryMetrics {
  attempted(next: Next, delivery: Pick<Delivery, 'event'>, now: number): void;
  /** As far as they were counted. */
  pending(count: number): void;
}

const OUTCOME: Readonly<Record<Next, string>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  again: 'retried',
  aside: 'retried',
};

export function createDeliveryMetrics(metrics: Metrics): DeliveryMetrics {
  const attempts = metrics.counter({
    name: 'berth_webhook_attempts_total',
    help: 'Attempts to deliver an event, by what became of the delivery: succeeded, retried, failed',
    labels: ['outcome'],
  });
  const lag = metrics.histogram({
    name: 'berth_webhook_delivery_lag_seconds',
    help: 'Time from an event to its delivery',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 28_800, 86_400],
  });
  const pending = metrics.gauge({
    name: 'berth_webhook_deliveries_pending',
    help: 'Deliveries of all webhooks that are not done, counted up to 10,000',
  });
  return {
    attempted(next, { event }, now) {
      attempts.inc({ outcome: OUTCOME[next] });
      if (next !== 'succeeded') return;
      const { time } = JSON.parse(event) as CloudEvent;
      lag.observe(Math.max(0, now - Date.parse(time)) / 1_000);
    },
    pending: (count) => pending.set(count),
  };
}
