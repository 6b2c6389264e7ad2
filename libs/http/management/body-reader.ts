import { compileSchema } from '@berth/contracts';
import type { Static, TObject, TSchema } from '@sinclair/typebox';
import type { Request } from 'express';
import { HttpError, type InputProblem } from '../http-error.ts';
import { jsonBody } from './json-body.ts';
import { mergePatch } from './merge-patch.ts';

interface Limits {
  /** Default 1 MiB. */
  readonly maxBytes?: number;
}

/**
 * Makes, once per route, the function that reads a JSON body which fits the schema. Fields that the schema does not
 * name are refused.
 *
 * The reader throws HttpError BODY_INVALID (400) with `errors`, BODY_TOO_LARGE, BODY_CUT, MEDIA_TYPE_UNSUPPORTED.
 */
export function bodyReader<S extends TSchema>(
  schema: S,
  limits: Limits = {},
): (request: Request) => Promise<Static<S>> {
  const check = compileSchema(closed(schema));
  return async (request) => {
    const validated = check(await jsonBody(request, limits));
    if (!validated.ok) throw invalid(validated.violations);
    return validated.value;
  };
}

/**
 * Makes, once per route, the function that reads a JSON merge patch (RFC 7396) and applies it to `current`: what comes
 * back is the patched whole, which fits the schema. A field that null removes has its schema's `default` again. Errors as
 * `bodyReader`.
 */
export function patchReader<S extends TObject>(
  schema: S,
  limits: Limits = {},
): (request: Request, current: Static<S>) => Promise<Static<S>> {
  const check = compileSchema(closed(schema));
  const { properties, required = [] } = schema;
  return async (request, current) => {
    const patch = await jsonBody(request, limits);
    if (typeof patch !== 'object' || patch === null || Array.isArray(patch))
      throw invalid([{ path: '/', message: 'must be a JSON object' }]);
    const removed = Object.keys(patch).filter((name) => (patch as Record<string, unknown>)[name] === null);
    const wrong = removed.flatMap((name) => problemOfRemoval(name, { properties, required }));
    if (wrong.length > 0) throw invalid(wrong);
    const defaults = removed.flatMap((name) => {
      const fallback = properties[name]?.default;
      return fallback === undefined ? [] : [[name, fallback]];
    });
    const validated = check({
      ...(mergePatch(current, patch) as object),
      ...Object.fromEntries(defaults),
    });
    if (!validated.ok) throw invalid(validated.violations);
    return validated.value;
  };
}

/** What is wrong with removing a field: it does not exist, or must always be there. */
function problemOfRemoval(
  name: string,
  { properties, required }: Pick<TObject, 'properties'> & { readonly required: readonly string[] },
): InputProblem[] {
  const field = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (field === undefined) return [{ path: `/${name}`, message: 'is not known' }];
  const isBound = required.includes(name) && field.default === undefined;
  return isBound ? [{ path: `/${name}`, message: 'cannot be removed' }] : [];
}

function invalid(errors: readonly InputProblem[]): HttpError {
  const detail = errors.map(({ path, message }) => `${path} ${message}`).join('; ');
  return new HttpError(400, 'BODY_INVALID', `the body is not valid: ${detail}`, { errors });
}

/** The schema with its objects closed to fields that they do not name, except inside combinations of schemas. */
function closed<S extends TSchema>(schema: S): S {
  const copy: Record<string, unknown> = { ...schema };
  if (schema.properties !== undefined) {
    const fields = Object.entries<TSchema>(schema.properties).map(([name, field]) => [name, closed(field)]);
    copy.properties = Object.fromEntries(fields);
    copy.additionalProperties ??= false;
  }
  if (schema.items !== undefined && !Array.isArray(schema.items)) copy.items = closed(schema.items);
  if (Array.isArray(schema.anyOf)) copy.anyOf = schema.anyOf.map((option: TSchema) => closed(option));
  return copy as unknown as S;
}
