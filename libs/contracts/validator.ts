import type { Static, TSchema } from '@sinclair/typebox';
import { Ajv, type ErrorObject } from 'ajv';
import { type Choice, choiceOf, isObject, withoutAlternatives } from './alternatives.ts';

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

function violation(error: ErrorObject): Violation {
  const choice = choiceOf(error);
  if (choice) return choiceViolation(error, choice);
  const { instancePath, data, keyword, params, message = 'is not valid' } = error;
  const extra = keyword === 'additionalProperties' ? `: ${String(params.additionalProperty)}` : '';
  return { path: instancePath || '/', message: `${message}${extra}${shown(instancePath, data)}` };
}

function choiceViolation({ instancePath, data }: ErrorObject, { words, field }: Choice): Violation {
  const rule = `one of ${words.join(', ')}`;
  if (field !== undefined && isObject(data)) {
    const path = `${instancePath}/${field}`;
    return { path, message: `must be ${rule}${field in data ? shown(path, data[field]) : ''}` };
  }
  const what = field === undefined ? rule : `an object whose ${field} is ${rule}`;
  return { path: instancePath || '/', message: `must be ${what}${shown(instancePath, data)}` };
}

function shown(path: string, value: unknown): string {
  const isShown = typeof value !== 'object' && !SECRET.test(path);
  return isShown ? ` (got ${JSON.stringify(value)?.slice(0, 120)})` : '';
}
