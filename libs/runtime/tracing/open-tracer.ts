import { setTimeout as pause } from 'node:timers/promises';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Lifecycle } from '../lifecycle.ts';
import { createOtelTracer } from './otel-tracer.ts';
import type { Tracer } from './span.ts';
import type { TracingSettings } from './tracing-settings.ts';

/** For one batch, repetitions included. */
const EXPORT_TIMEOUT_MS = 5_000;
const QUEUED_AT_MOST = 2_048;
const EVERY_MS = 2_000;
const VALUE_AT_MOST = 1_024;
/** A process that ends waits no longer for its last spans. */
const LAST_MS = 2_000;
const SAY_AGAIN_MS = 60_000;

/** A tracer that sends its spans to the endpoint of the settings; `close` sends what waits. */
export function openTracer(
  life: Lifecycle,
  service: string,
  settings: TracingSettings,
): { readonly tracer: Tracer; close(): Promise<void> } {
  const endpoint = (settings.OTEL_EXPORTER_OTLP_ENDPOINT ?? '').replace(/\/+$/, '');
  const exporter = new OTLPTraceExporter({
    url: `${endpoint}/v1/traces`,
    headers: headersOf(settings.OTEL_EXPORTER_OTLP_HEADERS),
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': service })),
    sampler: samplerOf(settings),
    spanLimits: { attributeValueLengthLimit: VALUE_AT_MOST },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: watched(exporter, life, endpoint),
        maxQueueSize: QUEUED_AT_MOST,
        scheduledDelayMillis: EVERY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  return {
    tracer: createOtelTracer(provider.getTracer('berth')),
    async close() {
      const ended = provider.shutdown().catch((error: unknown) => {
        life.logger.warn('the last spans are lost', { error });
      });
      await Promise.race([ended, pause(LAST_MS, undefined, { ref: false })]);
    },
  };
}

/** The same exporter, with what it could not send counted, and told in the log at most once a minute. */
function watched(exporter: SpanExporter, life: Lifecycle, endpoint: string): SpanExporter {
  const spans = life.metrics.counter({
    name: 'berth_trace_spans_total',
    help: 'Spans by what became of them.',
    labels: ['result'],
  });
  let saidAt = Number.NEGATIVE_INFINITY;
  return {
    export(batch, done) {
      exporter.export(batch, (result) => {
        spans.inc({ result: result.code === 0 ? 'sent' : 'lost' }, batch.length);
        if (result.code !== 0 && performance.now() - saidAt > SAY_AGAIN_MS) {
          saidAt = performance.now();
          life.logger.warn('spans cannot be sent', { host: new URL(endpoint).host, error: result.error });
        }
        done(result);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}

function samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: share }: TracingSettings): Sampler {
  const isParentBased = name.startsWith('parentbased_');
  const root = rootSampler(name.replace('parentbased_', ''), Number(share ?? 1));
  return isParentBased ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(name: string, share: number): Sampler {
  if (name === 'always_off') return new AlwaysOffSampler();
  return name === 'traceidratio' ? new TraceIdRatioBasedSampler(share) : new AlwaysOnSampler();
}

function headersOf(text: string | undefined): Record<string, string> {
  const pairs = (text ?? '').split(',').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
    }),
  );
}
