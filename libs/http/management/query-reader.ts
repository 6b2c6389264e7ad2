import { compileSchema } from '@berth/contracts';
import type { Static, TObject, TSchema } from '@sinclair/typebox';
import { HttpError, type InputProblem } from '../http-error.ts';

/** What a query says by its schema; `limit` has a default wherever there is one. */
export type QueryOf<S extends TObject> = Static<S> &
  ('limit' extends keyof Static<S> ? { readonly limit: number } : unknown);

interface Parameter {
  readonly schema: TSchema;
  readonly check: ReturnType<typeof compileSchema>;
}

const PAGE = ['/limit', '/after'];

/**
 * Makes, once per route, the function that reads the parameters which the route's `query` declares. An empty text is as
 * good as none. Parameters that are not declared, or given twice, are refused.
 *
 * The reader throws HttpError PAGE_INVALID (400) where only `limit` or `after` is wrong, else QUERY_INVALID (400), with
 * every problem in `errors`.
 */
export function queryReader<S extends TObject>(schema: S): (query: URLSearchParams) => QueryOf<S> {
  const parameters = new Map<string, Parameter>(
    Object.entries<TSchema>(schema.properties).map(([name, of]) => [
      name,
      { schema: of, check: compileSchema(of) },
    ]),
  );
  const defaults = Object.entries<TSchema>(schema.properties).flatMap(([name, { default: value }]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const required = schema.required ?? [];

  return (query) => {
    const read = new Map<string, unknown>(defaults);
    const errors: InputProblem[] = [];
    for (const name of new Set(query.keys())) {
      const texts = query.getAll(name);
      const problem = readOne(parameters.get(name), texts, (value) => read.set(name, value));
      if (problem !== undefined) errors.push({ path: `/${name.slice(0, 100)}`, message: problem });
    }
    for (const name of required)
      if (!read.has(name) && !errors.some(({ path }) => path === `/${name}`))
        errors.push({ path: `/${name}`, message: 'must be given' });
    if (errors.length > 0) throw invalid(errors);
    return Object.fromEntries(read) as QueryOf<S>;
  };
}

/** What is wrong with a parameter, in words that follow its name. */
function readOne(
  parameter: Parameter | undefined,
  texts: readonly string[],
  accept: (value: unknown) => void,
): string | undefined {
  if (parameter === undefined) return 'is no parameter of this request';
  const [text = '', ...others] = texts;
  if (others.length > 0) return `must be given once (got ${texts.length} of them)`;
  const { schema, check } = parameter;
  if (text === '' && schema.type === 'string') return undefined;
  const validated = check(inItsType(schema, text));
  if (!validated.ok)
    return ruleOf(schema, text) ?? validated.violations.map(({ message }) => message).join(', ');
  accept(validated.value);
  return undefined;
}

function inItsType({ type }: TSchema, text: string): unknown {
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}

/** The rule in plain words, where the schema's own would not be. */
function ruleOf(schema: TSchema, text: string): string | undefined {
  const got = `(got ${JSON.stringify(text.slice(0, 100))})`;
  if (schema.type === 'boolean') return `must be true or false ${got}`;
  if (schema.type === 'integer' && schema.minimum !== undefined && schema.maximum !== undefined)
    return `must be a whole number from ${schema.minimum} to ${schema.maximum} ${got}`;
  const options: unknown[] = (schema.anyOf ?? []).map((option: TSchema) => option.const);
  if (options.length === 0 || options.includes(undefined)) return undefined;
  return `must be one of ${options.map((option) => JSON.stringify(option)).join(', ')} ${got}`;
}

function invalid(errors: readonly InputProblem[]): HttpError {
  const code = errors.every(({ path }) => PAGE.includes(path)) ? 'PAGE_INVALID' : 'QUERY_INVALID';
  const detail = errors.map(({ path, message }) => `${path.slice(1)} ${message}`).join('; ');
  return new HttpError(400, code, detail, { errors });
}
