import {
  type TArray,
  type TNull,
  type TObject,
  type TSchema,
  type TString,
  type TUnion,
  Type,
} from '@sinclair/typebox';
import type { ManagementAction } from './management-action.ts';
import type { ProblemCode } from './management-status.ts';

/**
 * Where a request says which registry it is about: in the part `{registry}` of its path; in `?registry=`; in the field
 * `registry` of its body; or by the object that its path names, which belongs to one. No registry in query or body,
 * or `*`, means all of them, and asks for the role in all.
 */
export type RegistrySource = 'path' | 'query' | 'body' | 'object';

/** A route of `/api/v1` as data: router, access check, OpenAPI document, clients and the access matrix read the same. */
export interface ManagementRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/api/v1/registries/{registry}` */
  readonly pattern: string;
  readonly action: ManagementAction;
  readonly registry?: RegistrySource;
  readonly summary: string;
  /** Parameters of the query, all strings in the URL. */
  readonly query?: TObject;
  /** The body. Of a PATCH, the whole that a JSON merge patch of it must yield. */
  readonly request?: TSchema;
  readonly response?: TSchema;
  /** Of success; by default 200, or 204 without a response. */
  readonly status?: number;
  /** The answer has an ETag, as that of every resource with an id has. */
  readonly tagged?: true;
  /** A second way to succeed, which the summary tells from the first. */
  readonly also?: { readonly status: number; readonly response?: TSchema };
  /** Besides those that every route may answer with. */
  readonly errors?: readonly ProblemCode[];
}

export type ManagementRoutes = Readonly<Record<string, ManagementRoute>>;

/** Types a table while keeping its ids. */
export function defineRoutes<const Routes extends ManagementRoutes>(routes: Routes): Routes {
  return routes;
}

/** A page of a list; `next` is for `?after=`, null on the last page. */
export function listOf<Item extends TSchema>(
  item: Item,
): TObject<{ items: TArray<Item>; next: TUnion<[TString, TNull]> }> {
  return Type.Object({ items: Type.Array(item), next: Type.Union([Type.String(), Type.Null()]) });
}

/** What every list takes. */
export const PAGE_PARAMETERS = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
  after: Type.Optional(Type.String({ maxLength: 2048, description: '`next` of the page before' })),
};

/** What lists of named things take besides. */
export const SEARCH_PARAMETERS = {
  ...PAGE_PARAMETERS,
  q: Type.Optional(Type.String({ maxLength: 255, description: 'names that hold this' })),
  name: Type.Optional(Type.String({ maxLength: 255, description: 'this name exactly' })),
};
