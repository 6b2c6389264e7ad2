import { compareScalars } from './binary-order.ts';
import { decodeCursor, invalid, queryFingerprint } from './cursor.ts';
import type { PageQuery, Scalar } from './port.ts';

/** How many documents a page with `contains` looks at, at most. */
export const SCAN_LIMIT = 1_000;
const PAGE_LIMIT = 10_000;

export interface Bound {
  readonly operator: '>' | '>=' | '<' | '<=';
  readonly value: Scalar;
}

/** A query of a page, checked against its index: equality on a prefix, then an order that ends with the id. */
export interface PagePlan {
  readonly prefix: readonly { readonly field: string; readonly value: Scalar }[];
  /** The fields that order the page; the last is `id`. */
  readonly ordered: readonly string[];
  /** On the first of those. */
  readonly low?: Bound | undefined;
  readonly high?: Bound | undefined;
  /** The values of the ordered fields behind which the page begins. */
  readonly position?: readonly Scalar[] | undefined;
  /** How many documents are looked at, at most. */
  readonly lookAt: number;
  readonly fingerprint: string;
}

export interface PageIndex {
  /** Of the collection. */
  readonly collection: string;
  readonly fields: readonly string[];
  /** The first field is a list. */
  readonly isList: boolean;
}

/** TypeError for a query that does not fit the index; StoreError CURSOR_INVALID for a cursor of another query. */
export function planPage({ collection, fields, isList }: PageIndex, query: PageQuery): PagePlan {
  const { range, contains, limit } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_LIMIT) {
    throw new TypeError(`${collection}: the limit ${limit} of a page is not within 1 and ${PAGE_LIMIT}`);
  }
  const equals = Object.entries(query.equals ?? {});
  const prefix = fields.slice(0, equals.length).flatMap((field) => {
    const value = query.equals?.[field];
    return value === undefined ? [] : [{ field, value }];
  });
  if (equals.length > prefix.length) {
    throw new TypeError(
      `${collection}: ${Object.keys(query.equals ?? {})} is no prefix of the index ${query.index}`,
    );
  }
  if (isList && prefix.length === 0) {
    throw new TypeError(`${collection}: a page of the index ${query.index} needs a value for ${fields[0]}`);
  }
  if (range !== undefined && prefix.length === fields.length) {
    throw new TypeError(`${collection}: the index ${query.index} has no field left for a range`);
  }
  const ordered = fields.slice(prefix.length);
  if (ordered.at(-1) !== 'id') {
    ordered.push('id');
  }
  const values = prefix.map(({ value }) => value);
  const fingerprint = queryFingerprint(collection, query, values);
  const bounds = tightest(range);
  let position: readonly Scalar[] | undefined;
  if (query.after !== undefined) {
    position = decodeCursor(query.after, fingerprint, ordered.length);
    if (!isWithin(position[0] ?? '', bounds)) {
      throw invalid(query.after);
    }
  }
  return {
    prefix,
    ordered,
    ...bounds,
    position,
    lookAt: contains === undefined ? limit : SCAN_LIMIT,
    fingerprint,
  };
}

type Bounds = Pick<PagePlan, 'low' | 'high'>;

function tightest(range: PageQuery['range'] = {}): Bounds {
  const { gt, gte, lt, lte } = range;
  return {
    low:
      gt !== undefined && (gte === undefined || compareScalars(gt, gte) >= 0)
        ? { operator: '>', value: gt }
        : gte === undefined
          ? undefined
          : { operator: '>=', value: gte },
    high:
      lt !== undefined && (lte === undefined || compareScalars(lt, lte) <= 0)
        ? { operator: '<', value: lt }
        : lte === undefined
          ? undefined
          : { operator: '<=', value: lte },
  };
}

function isWithin(value: Scalar, { low, high }: Bounds): boolean {
  const above = low === undefined ? 1 : compareScalars(value, low.value);
  const below = high === undefined ? -1 : compareScalars(value, high.value);
  return (
    (above > 0 || (above === 0 && low?.operator === '>=')) &&
    (below < 0 || (below === 0 && high?.operator === '<='))
  );
}
