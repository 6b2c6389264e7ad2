import type { Static, TSchema } from '@sinclair/typebox';
import { Ajv, type ErrorObject } from 'ajv';

/** One thing wrong with a value: a JSON pointer to it, and the rule in words with the offending value. */
export interface Violation {
  readonly path: string;
  readonly message: string;
}

/** The value when it fits; else what is wrong with it, all of it. */
export type Validated<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly violations: readonly Violation[] };

const ajv = new Ajv({ allErrors: true, strict: true, verbose: true });
ajv.addKeyword({
  keyword: 'x-bytes',
  schemaType: 'number',
  validate: (maxBytes: number, data: unknown) => data instanceof Uint8Array && data.byteLength <= maxBytes,
  error: { message: 'must be bytes within the size limit' },
});

/** Compiles a schema once; the result checks values without changing them. */
export function compileSchema<S extends TSchema>(schema: S): (value: unknown) => Validated<Static<S>> {
  const check = ajv.compile(schema);
  return (value) =>
    check(value)
      ? { ok: true, value: value as Static<S> }
      : { ok: false, violations: (check.errors ?? []).map(violation) };
}

function violation(error: ErrorObject): Violation {
  const shown = typeof error.data === 'object' ? '' : ` (got ${JSON.stringify(error.data)?.slice(0, 120)})`;
  const extra =
    error.keyword === 'additionalProperties' ? `: ${String(error.params.additionalProperty)}` : '';
  return { path: error.instancePath || '/', message: `${error.message ?? 'is not valid'}${extra}${shown}` };
}
