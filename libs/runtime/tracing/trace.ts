import type { Span, SpanOptions, Tracer } from './span.ts';

const NO_SPAN: Span = { rename: () => {}, set: () => {}, fail: () => {} };

/** One for a process, as the bus between its parts that no argument has to carry; nothing but its start sets it. */
let tracer: Tracer | undefined;

export function setTracer(given: Tracer | undefined): void {
  tracer = given;
}

/** False in a process that has nowhere to send its spans: then none of this costs anything. */
export function isTracing(): boolean {
  return tracer !== undefined;
}

/** Does the work within a span; its result and its errors are those of the work. */
export function inSpan<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  return tracer === undefined ? work(NO_SPAN) : tracer.run(name, options, work);
}

/** The W3C `traceparent` of the span around, for another process to go on with. */
export function traceparent(): string | undefined {
  return tracer?.traceparent();
}

/** Of the span around: 32 hexadecimal digits, for the log. */
export function traceId(): string | undefined {
  return tracer?.traceparent()?.slice(3, 35);
}
