import type { Filter, Collection as MongoCollection, Sort } from 'mongodb';
import { encodeCursor } from '../cursor.ts';
import { type Bound, type PagePlan, planPage } from '../page-plan.ts';
import type { Page, PageQuery, Scalar, Stored } from '../port.ts';
import { type CollectionLayout, pathOf } from './collection-layout.ts';
import { OPERATION_TIMEOUT_MS } from './connection.ts';
import { decodeDocument, READ_WITHOUT_BYTES, type StoredDocument, sizeOf } from './stored-document.ts';

const OPERATORS = { '>': '$gt', '>=': '$gte', '<': '$lt', '<=': '$lte' } as const;
/** The least of each kind: a comparison with it finds every value of the kind, and nothing where the field is lacking. */
const LEAST = { string: '', number: Number.NEGATIVE_INFINITY, boolean: false } as const;

type Condition = Record<string, unknown>;

/** One page. TypeError for a query that does not fit the declaration; StoreError CURSOR_INVALID. */
export async function readPage<Document extends Stored>(
  collection: MongoCollection<StoredDocument>,
  { layout, query, pageBytes }: { layout: CollectionLayout; query: PageQuery; pageBytes: number },
): Promise<Page<Document>> {
  const index = layout.pageIndexes.get(query.index);
  if (index === undefined) {
    throw new TypeError(`The collection ${layout.name} declares no index "${query.index}"`);
  }
  const plan = planPage({ collection: layout.name, ...index }, query);
  const found = readRanges(collection, {
    ranges: rangesOf(plan, { layout, isDescending: query.descending === true }),
    sort: Object.fromEntries(plan.ordered.map((field) => [pathOf(field), query.descending ? -1 : 1])),
    indexName: index.indexName,
    count: plan.lookAt + 1,
  });
  const items: Document[] = [];
  let last: StoredDocument | undefined;
  let looked = 0;
  let sizeBytes = 0;
  for await (const document of found) {
    if (looked === plan.lookAt || items.length === query.limit || sizeBytes > pageBytes) {
      return { items, next: last === undefined ? null : cursorBehind(last, plan) };
    }
    looked += 1;
    last = document;
    if (!isHit(document, query.contains)) continue;
    sizeBytes += sizeOf(document);
    items.push(decodeDocument(document, undefined));
  }
  return { items, next: null };
}

/**
 * What follows the cursor, as ranges of the index that follow one another: those equal to its position in all fields
 * but the last, then in all but the last two, and so on. So that each is one search, whatever the planner makes of
 * alternatives.
 */
function rangesOf(
  { prefix, ordered, position, low, high }: PagePlan,
  { layout, isDescending }: { layout: CollectionLayout; isDescending: boolean },
): Filter<StoredDocument>[] {
  const equal: Condition[] = prefix.map(({ field, value }) => ({ [pathOf(field)]: value }));
  const [first = 'id'] = ordered;
  if (prefix.length === 0 && first === 'id') equal.push({ removedAt: { $exists: false } });
  const present = (fields: readonly string[]) => fields.flatMap((field) => presence(layout, field));
  if (position === undefined) {
    return [all([...equal, ...present(ordered), ...bound(first, low), ...bound(first, high)])];
  }
  const behind = isDescending ? '<' : '>';
  return ordered
    .map((field, place) =>
      all([
        ...equal,
        ...ordered.slice(0, place).map((before, at) => ({ [pathOf(before)]: position[at] })),
        ...bound(field, { operator: behind, value: position[place] ?? '' }),
        // The bound on the side of the cursor says nothing more.
        ...(place === 0 ? bound(first, isDescending ? low : high) : []),
        ...present(ordered.slice(place + 1)),
      ]),
    )
    .reverse();
}

function bound(field: string, limit: Bound | undefined): Condition[] {
  return limit === undefined ? [] : [{ [pathOf(field)]: { [OPERATORS[limit.operator]]: limit.value } }];
}

function presence({ types }: CollectionLayout, field: string): Condition[] {
  const type = types.get(field);
  return type === undefined ? [] : [{ [pathOf(field)]: { $gte: LEAST[type] } }];
}

function all(conditions: readonly Condition[]): Filter<StoredDocument> {
  return conditions.length === 0 ? {} : ({ $and: conditions } as Filter<StoredDocument>);
}

async function* readRanges(
  collection: MongoCollection<StoredDocument>,
  options: {
    readonly ranges: readonly Filter<StoredDocument>[];
    readonly sort: Sort;
    readonly indexName: string;
    readonly count: number;
  },
): AsyncGenerator<StoredDocument> {
  const { ranges, sort, indexName, count } = options;
  let limit = count;
  for (const range of ranges) {
    if (limit === 0) return;
    const cursor = collection.find(range, {
      sort,
      limit,
      batchSize: limit + 1,
      hint: indexName,
      projection: READ_WITHOUT_BYTES,
      maxTimeMS: OPERATION_TIMEOUT_MS,
    });
    try {
      // The server ends a batch at 16 MiB; what is behind it is asked for only when it is wanted.
      while (await cursor.hasNext()) {
        for (const document of cursor.readBufferedDocuments()) {
          limit -= 1;
          yield document;
        }
      }
    } finally {
      await cursor.close();
    }
  }
}

function isHit({ body }: StoredDocument, contains: PageQuery['contains']): boolean {
  if (contains === undefined) return true;
  const value = body?.[contains.field];
  return typeof value === 'string' && value.includes(contains.text);
}

function cursorBehind({ _id, body }: StoredDocument, { fingerprint, ordered }: PagePlan): string {
  const position = ordered.map((field) => (field === 'id' ? _id : (body?.[field] as Scalar)));
  return encodeCursor(fingerprint, position);
}
