/** An error in the words of an API. A 5xx body must not tell of internals; the cause is logged here. */
export interface RenderedError {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}
