import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string | number>>;

export interface MetricOptions {
  /** `berth_<what>_<unit>_total` and the like. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

export interface CounterMetric {
  inc(labels?: Labels, value?: number): void;
}

export interface GaugeMetric {
  set(value: number, labels?: Labels): void;
  inc(labels?: Labels, value?: number): void;
  dec(labels?: Labels, value?: number): void;
  /** Forgets the values of all labels: those that are not set again are not shown any more. */
  reset(): void;
}

export interface HistogramMetric {
  observe(value: number, labels?: Labels): void;
}

/** The metrics of a process, in the Prometheus text format. Asking twice for a name gives the same metric. */
export interface Metrics {
  counter(options: MetricOptions): CounterMetric;
  /** With `read`, its value is asked for whenever the metrics are read. */
  gauge(options: MetricOptions & { readonly read?: () => number }): GaugeMetric;
  /** Buckets are upper bounds, by default those of requests in seconds. */
  histogram(options: MetricOptions & { readonly buckets?: readonly number[] }): HistogramMetric;
  text(): Promise<string>;
  readonly contentType: string;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** A registry of its own with the label `service`, and the figures of the process unless told otherwise. */
export function createMetrics(service: string, options: { readonly withProcess?: boolean } = {}): Metrics {
  const register = new Registry();
  register.setDefaultLabels({ service });
  if (options.withProcess ?? true) collectDefaultMetrics({ register });
  const made = new Map<string, unknown>();

  function once<T>(name: string, make: () => T): T {
    const metric = (made.get(name) as T | undefined) ?? make();
    made.set(name, metric);
    return metric;
  }

  return {
    counter: ({ name, help, labels = [] }) =>
      once(name, () => {
        const counter = new Counter({ name, help, labelNames: [...labels], registers: [register] });
        return { inc: (values = {}, value = 1) => counter.inc(values, value) };
      }),
    gauge: ({ name, help, labels = [], read }) =>
      once(name, () => {
        const gauge: Gauge = new Gauge({
          name,
          help,
          labelNames: [...labels],
          registers: [register],
          ...(read !== undefined && { collect: () => gauge.set(read()) }),
        });
        return {
          set: (value, values = {}) => gauge.set(values, value),
          inc: (values = {}, value = 1) => gauge.inc(values, value),
          dec: (values = {}, value = 1) => gauge.dec(values, value),
          reset: () => gauge.reset(),
        };
      }),
    histogram: ({ name, help, labels = [], buckets = SECONDS }) =>
      once(name, () => {
        const labelNames = [...labels];
        const histogram = new Histogram({
          name,
          help,
          labelNames,
          buckets: [...buckets],
          registers: [register],
        });
        return { observe: (value, values = {}) => histogram.observe(values, value) };
      }),
    text: () => register.metrics(),
    contentType: register.contentType,
  };
}
