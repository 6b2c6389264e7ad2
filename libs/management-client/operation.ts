import type { MANAGEMENT_API, OperationId } from '@berth/contracts';
import type { Static, TArray, TObject, TSchema } from '@sinclair/typebox';

type Route<Id extends OperationId> = (typeof MANAGEMENT_API)[Id];

/** `/registries/{registry}/images/{image}` → `'registry' | 'image'` */
type PathNames<Pattern> = Pattern extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PathNames<Rest>
  : never;

type Plain = readonly unknown[] | string | number | boolean | null | undefined;

/** Fields that may be left out may also be undefined. */
type Given<T> = T extends Plain
  ? T
  : { [K in keyof T]: Given<T[K]> | (undefined extends T[K] ? undefined : never) };

/** A JSON merge patch (RFC 7396) of a whole: what may be missing from it may be null. */
type MergePatch<T> = T extends Plain
  ? T
  : { [K in keyof T]?: MergePatch<T[K]> | undefined | (undefined extends T[K] ? null : never) };

type StaticOf<S> = S extends TSchema ? Static<S> : undefined;
type ResponseSchema<R> = R extends { readonly response: infer S } ? S : undefined;
type AlsoSchema<R> = R extends { readonly also: { readonly response: infer S } } ? S : never;

/** The values of the parts of the path, unescaped: the image is `team/web`. */
export type ParamsOf<Id extends OperationId> = Readonly<Record<PathNames<Route<Id>['pattern']>, string>>;

export type QueryOf<Id extends OperationId> =
  Route<Id> extends { readonly query: infer Query extends TSchema } ? Given<Static<Query>> : never;

/** What is sent; of a PATCH, the merge patch. */
export type BodyOf<Id extends OperationId> =
  Route<Id> extends { readonly request: infer Body extends TSchema }
    ? Route<Id>['method'] extends 'PATCH'
      ? MergePatch<Static<Body>>
      : Given<Static<Body>>
    : never;

/** What is answered; undefined without a body. */
export type ResultOf<Id extends OperationId> =
  | StaticOf<ResponseSchema<Route<Id>>>
  | StaticOf<AlsoSchema<Route<Id>>>;

/** Operations that answer with a page of a list. */
export type ListId = {
  [Id in OperationId]: ResponseSchema<Route<Id>> extends TObject<infer Fields>
    ? Fields extends { items: TArray }
      ? Id
      : never
    : never;
}[OperationId];

/** One of what a list holds. */
export type ItemOf<Id extends ListId> =
  ResultOf<Id> extends { items: readonly (infer Item)[] } ? Item : never;

type Required<Name extends string, Value> = [Value] extends [never]
  ? { readonly [K in Name]?: undefined }
  : Record<never, never> extends Value
    ? { readonly [K in Name]?: Value }
    : { readonly [K in Name]: Value };

/** What a call takes: `params` and `body` where the contract has them, and conditions. */
export type CallOptions<Id extends OperationId> = Required<
  'params',
  [PathNames<Route<Id>['pattern']>] extends [never] ? never : ParamsOf<Id>
> &
  Required<'query', QueryOf<Id>> &
  Required<'body', BodyOf<Id>> & {
    /** An `ETag` that the resource must have: else PRECONDITION_FAILED. */
    readonly ifMatch?: string | undefined;
    /** `*`: it must not exist. */
    readonly ifNoneMatch?: string | undefined;
    readonly signal?: AbortSignal | undefined;
  };
