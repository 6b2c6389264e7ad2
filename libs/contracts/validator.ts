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
      : { ok: false, violations: withoutAlternatives(check.errors ?? []).map(violation) };
}

/** Fields whose value is never told. */
const SECRET = /password|secret|token|authorization/i;

/** What does not fit a choice of constants is told once, not once for each of them. */
function withoutAlternatives(errors: readonly ErrorObject[]): ErrorObject[] {
  const choices = errors.filter((error) => constantsOf(error) !== undefined).map(placeOf);
  return errors.filter((error) => error.keyword !== 'const' || !choices.includes(placeOf(error)));
}

function placeOf({ schemaPath, instancePath }: ErrorObject): string {
  return `${instancePath} ${schemaPath.replace(/\/anyOf(?:\/\d+\/const)?$/, '')}`;
}

function constantsOf({ keyword, schema }: ErrorObject): unknown[] | undefined {
  if (keyword !== 'anyOf' || !Array.isArray(schema)) return undefined;
  const constants = schema.map((option) => (option as { const?: unknown }).const);
  return constants.includes(undefined) ? undefined : constants;
}

function violation(error: ErrorObject): Violation {
  const { instancePath, data, keyword, params } = error;
  const isShown = typeof data !== 'object' && !SECRET.test(instancePath);
  const shown = isShown ? ` (got ${JSON.stringify(data)?.slice(0, 120)})` : '';
  const extra = keyword === 'additionalProperties' ? `: ${String(params.additionalProperty)}` : '';
  const constants = constantsOf(error);
  const rule = constants ? `must be one of ${constants.join(', ')}` : (error.message ?? 'is not valid');
  return { path: instancePath || '/', message: `${rule}${extra}${shown}` };
}
