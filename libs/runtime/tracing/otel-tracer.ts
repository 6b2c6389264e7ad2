import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  type Tracer as OtelTracer,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Span, Tracer } from './span.ts';

const KINDS = {
  server: SpanKind.SERVER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
} as const;

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Spans by the tracer of OpenTelemetry; what is around is kept by Node. */
export function createOtelTracer(tracer: OtelTracer): Tracer {
  const around = new AsyncLocalStorage<Context>();

  return {
    async run(name, { kind, parent, attributes, isFailure = () => true }, work) {
      const context = contextOf(parent) ?? around.getStore();
      if (context === undefined && kind !== 'server' && kind !== 'consumer') return await work(UNSEEN);
      const made = tracer.startSpan(
        name,
        { kind: KINDS[kind], ...(attributes && { attributes: { ...attributes } }) },
        context ?? ROOT_CONTEXT,
      );
      const span: Span = {
        rename: (other) => made.updateName(other),
        set: (attribute, value) => made.setAttribute(attribute, value),
        fail(code) {
          made.setAttribute('error.type', code);
          made.setStatus({ code: SpanStatusCode.ERROR });
        },
      };
      try {
        return await around.run(trace.setSpan(context ?? ROOT_CONTEXT, made), () => work(span));
      } catch (error) {
        if (isFailure(error)) span.fail(codeOf(error));
        else span.set('error.type', codeOf(error));
        throw error;
      } finally {
        made.end();
      }
    },
    traceparent() {
      const context = around.getStore();
      const found = context && trace.getSpanContext(context);
      if (found === undefined) return undefined;
      const flags = found.traceFlags.toString(16).padStart(2, '0');
      return `00-${found.traceId}-${found.spanId}-${flags}`;
    },
  };
}

const UNSEEN: Span = { rename: () => {}, set: () => {}, fail: () => {} };

function contextOf(traceparent: string | undefined): Context | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const traceFlags = Number.parseInt(flags, 16) & 1;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** The code of our errors and of Node's, else the class: never the message, which may name anything. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
