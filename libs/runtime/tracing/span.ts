export type SpanValue = string | number | boolean;

/** A piece of work as a trace shows it. Values are names, codes and sizes: never a secret, a body or a query. */
export interface Span {
  rename(name: string): void;
  set(attribute: string, value: SpanValue): void;
  /** It went wrong; `code` says how, in few words that repeat. */
  fail(code: string): void;
}

export interface SpanOptions {
  /** `server` and `consumer` begin a trace where there is none to go on with; the others are left out then. */
  readonly kind: 'server' | 'consumer' | 'client' | 'internal';
  /** A W3C `traceparent` from another process, in place of the span around; whatever is none counts as absent. */
  readonly parent?: string | undefined;
  /** By the names of OpenTelemetry's semantic conventions where they have one. */
  readonly attributes?: Readonly<Record<string, SpanValue>>;
  /** Whether an error of the work is a failure, or an answer like any other. Default: a failure. */
  readonly isFailure?: (error: unknown) => boolean;
}

/** What makes spans; there is one in a process that was told where to send them. */
export interface Tracer {
  run<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /** Of the span around. */
  traceparent(): string | undefined;
}
