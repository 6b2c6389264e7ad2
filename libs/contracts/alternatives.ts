import type { ErrorObject } from 'ajv';

/** A union that a value fits nowhere in: of words, or of objects that one of their fields tells apart. */
export interface Choice {
  readonly words: readonly unknown[];
  /** The field that says which object is meant. */
  readonly field?: string;
  /** Which of them the value means, where it says so: then only what is wrong with that is told. */
  readonly meant?: number;
}

interface Option {
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, { readonly const?: unknown }>>;
}

/** What does not fit a union is told once, not once for each of its parts. */
export function withoutAlternatives(errors: readonly ErrorObject[]): ErrorObject[] {
  const choices = errors.flatMap((error) => {
    const choice = choiceOf(error);
    return choice ? [{ choice, error }] : [];
  });
  return errors.filter((error) => choices.every((union) => isTold(error, union)));
}

/** Undefined for what is no union, or one whose parts nothing tells apart. */
export function choiceOf({ keyword, schema, data }: ErrorObject): Choice | undefined {
  if (keyword !== 'anyOf' || !Array.isArray(schema)) return undefined;
  const options: readonly Option[] = schema;
  const words = options.map((option) => option.const);
  if (!words.includes(undefined)) return { words };
  for (const field of Object.keys(options[0]?.properties ?? {})) {
    const words = options.map(({ properties }) => properties?.[field]?.const);
    if (words.includes(undefined)) continue;
    const meant = isObject(data) ? words.indexOf(data[field]) : -1;
    return { words, field, ...(meant >= 0 && { meant }) };
  }
  return undefined;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTold(
  error: ErrorObject,
  { choice: { meant }, error: union }: { readonly choice: Choice; readonly error: ErrorObject },
): boolean {
  if (error === union) return meant === undefined;
  const isOfUnion = isBelow(error.schemaPath, union.schemaPath);
  const isOfValue =
    error.instancePath === union.instancePath || isBelow(error.instancePath, union.instancePath);
  if (!isOfUnion || !isOfValue) return true;
  return meant !== undefined && isBelow(error.schemaPath, `${union.schemaPath}/${meant}`);
}

function isBelow(path: string, above: string): boolean {
  return path.startsWith(`${above}/`);
}
