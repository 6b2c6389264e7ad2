import type { IndexDescription } from 'mongodb';
import { checkDeclaration, type ScalarType, scalarTypesOf } from '../declaration.ts';
import type { CollectionDefinition } from '../port.ts';
import type { EncodedBody } from './stored-document.ts';

/** An index that a page can go by. */
export interface PageIndexLayout {
  readonly indexName: string;
  readonly fields: readonly string[];
  readonly isList: boolean;
}

export interface UniqueLayout {
  /** As declared. */
  readonly name: string;
  readonly fields: readonly string[];
}

/** How a collection lies in its database. */
export interface CollectionLayout {
  readonly name: string;
  readonly bytesField: string | undefined;
  readonly uniques: readonly UniqueLayout[];
  readonly pageIndexes: ReadonlyMap<string, PageIndexLayout>;
  /** Every index that there must be; its name says what it is on. */
  readonly indexes: readonly (IndexDescription & { readonly name: string })[];
  /** Fields of the body that an index is on. */
  readonly indexed: ReadonlySet<string>;
  /** What the indexed fields hold, lists apart. */
  readonly types: ReadonlyMap<string, ScalarType>;
}

/** Indexes of every collection, for the outbox and the tombstones: few documents are in them. */
const OWN_INDEXES = ['unsent', 'sentFrom', 'removedAt'].map((field) => ({
  name: `berth ${field}`,
  key: { [field]: 1 },
  sparse: true,
}));

/**
 * Lays out a declaration; a TypeError says what is wrong with it.
 *
 * A unique set is a unique index on its fields and on `lacking.<set>`. Sparse: a document that has none of them is not
 * in it. One that lacks some has its own id there, so that it is in nobody's way. All others have nothing there, and no
 * two of them the same values.
 */
export function layoutOf<Body extends object>(definition: CollectionDefinition<Body>): CollectionLayout {
  checkDeclaration(definition);
  const { name, schema, bytesField } = definition;
  const uniques = Object.entries(definition.unique ?? {}).map(([unique, fields]) => ({
    name: unique,
    fields,
  }));
  const pageIndexes = new Map<string, PageIndexLayout>([
    ['id', { indexName: '_id_', fields: ['id'], isList: false }],
  ]);
  for (const [index, declared] of Object.entries(definition.indexes ?? {})) {
    const shown = declared.map(({ field, list }) => (list ? `${field}[]` : field));
    pageIndexes.set(index, {
      indexName: `${index} (${shown.join(', ')})`,
      fields: declared.map(({ field }) => field),
      isList: declared[0]?.list === true,
    });
  }
  const indexes = [
    ...OWN_INDEXES,
    ...uniques.map((unique) => ({
      name: `unique ${unique.name} (${unique.fields.join(', ')})`,
      key: keyOf([...unique.fields.map(pathOf), `lacking.${unique.name}`]),
      unique: true,
      sparse: true,
    })),
    ...[...pageIndexes.values()].slice(1).map(({ indexName, fields }) => ({
      name: indexName,
      key: keyOf([...fields.map(pathOf), '_id']),
    })),
  ];
  const indexed = new Set([...uniques, ...pageIndexes.values()].flatMap(({ fields }) => fields));
  const types = [...indexed].flatMap((field) =>
    [...scalarTypesOf(schema, field)].map((type) => [field, type] as const),
  );
  return { name, bytesField, uniques, pageIndexes, indexes, indexed, types: new Map(types) };
}

/** Where a field of the body, or the id, is in a stored document. */
export function pathOf(field: string): string {
  return field === 'id' ? '_id' : `body.${field}`;
}

function keyOf(paths: readonly string[]): Record<string, 1> {
  return Object.fromEntries(paths.map((path) => [path, 1] as const));
}

/** What `lacking` of a document is to hold; undefined for nothing. */
export function lackingOf(
  { uniques }: CollectionLayout,
  { id, body }: { id: string; body: EncodedBody['body'] },
): Record<string, string> | undefined {
  const partly = uniques.filter(({ fields }) => {
    const present = fields.filter((field) => body[field] !== undefined).length;
    return present > 0 && present < fields.length;
  });
  return partly.length === 0 ? undefined : Object.fromEntries(partly.map(({ name }) => [name, id]));
}
