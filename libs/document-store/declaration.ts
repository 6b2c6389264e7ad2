import type { TSchema } from '@sinclair/typebox';
import type { CollectionDefinition } from './port.ts';

const NAME = /^[a-zA-Z][a-zA-Z0-9_-]{0,62}$/;

export type ScalarType = 'string' | 'number' | 'boolean';

/** May it be the name of a collection, index or field? Those that begin with `berth_` are the store's own. */
export function isName(name: string): boolean {
  return NAME.test(name) && !name.startsWith('berth_');
}

/** TypeError that says what is wrong with a declaration, if anything is. */
export function checkDeclaration<Body extends object>(definition: CollectionDefinition<Body>): void {
  const { name, schema, bytesField } = definition;
  assertName(name, name);
  for (const reserved of ['id', 'version', ...(bytesField === undefined ? [] : [bytesField])]) {
    if (reserved in schema.properties) {
      throw new TypeError(`Collection ${name}: the schema must not declare "${reserved}"`);
    }
  }
  for (const [index, fields] of Object.entries(definition.unique ?? {})) {
    checkFields(definition, { index, scalars: fields });
  }
  for (const [index, fields] of Object.entries(definition.indexes ?? {})) {
    if (index === 'id') {
      throw new TypeError(`Collection ${name}: the index "id" exists by itself`);
    }
    if (fields.slice(1).some(({ list }) => list)) {
      throw new TypeError(`Collection ${name}: in the index ${index} a list field must come first`);
    }
    const scalars = fields.filter(({ list }) => !list).map(({ field }) => field);
    checkFields(definition, { index, list: fields[0]?.list ? fields[0].field : undefined, scalars });
  }
}

/** TypeError when the field cannot name documents. */
export function checkNaming<Body extends object>(
  { name, schema }: CollectionDefinition<Body>,
  field: keyof Body & string,
): void {
  const types = [...scalarTypesOf(schema, field)];
  if (!isName(field) || types.join() !== 'string') {
    throw new TypeError(`Collection ${name}: "${field}" must hold strings, by its schema, to name documents`);
  }
}

function checkFields<Body extends object>(
  { name, schema }: CollectionDefinition<Body>,
  { index, list, scalars }: { index: string; list?: string | undefined; scalars: readonly string[] },
): void {
  assertName(name, index);
  if (list === undefined && scalars.length === 0) {
    throw new TypeError(`Collection ${name}: the index ${index} has no fields`);
  }
  for (const field of list === undefined ? scalars : [list, ...scalars]) {
    assertName(name, field);
  }
  if (list !== undefined && schemasOf(schema, list).some(({ type }) => type !== 'array')) {
    throw new TypeError(`Collection ${name}: "${list}" of the index ${index} must be a list by its schema`);
  }
  for (const field of scalars) {
    if (scalarTypesOf(schema, field).size !== 1) {
      throw new TypeError(
        `Collection ${name}: "${field}" of ${index} must hold strings, numbers or booleans, and one of them only, by its schema`,
      );
    }
  }
}

function assertName(collection: string, name: string): void {
  if (!isName(name)) {
    throw new TypeError(
      `Collection ${collection}: "${name}" cannot be the name of a collection, index or field`,
    );
  }
}

/** The kinds of scalars that a field of a body may hold. */
export function scalarTypesOf(schema: TSchema, field: string): ReadonlySet<ScalarType> {
  return new Set(schemasOf(schema, field).flatMap(typesIn));
}

/** What is said of a field, in the alternatives of the schema too. */
function schemasOf(schema: TSchema, field: string): TSchema[] {
  const own: TSchema | undefined = schema.properties?.[field];
  const alternatives: TSchema[] = [schema.oneOf, schema.anyOf, schema.allOf].flat().filter(Boolean);
  const others = alternatives.flatMap((alternative) => schemasOf(alternative, field));
  return own === undefined ? others : [own, ...others];
}

function typesIn(schema: TSchema): ScalarType[] {
  if (Array.isArray(schema.anyOf)) return schema.anyOf.flatMap(typesIn);
  const types: unknown[] = Array.isArray(schema.enum)
    ? schema.enum.map((value) => typeof value)
    : [schema.type === 'integer' ? 'number' : (schema.type ?? typeof schema.const)];
  return types.filter(isScalarType);
}

function isScalarType(type: unknown): type is ScalarType {
  return type === 'string' || type === 'number' || type === 'boolean';
}
