import { Type } from '@sinclair/typebox';
import { defineRpc } from './define-rpc.ts';
import { PageLimit } from './repository.ts';

export const Visibility = Type.Union([Type.Literal('private'), Type.Literal('public')], {
  default: 'private',
});
export const RegistryState = Type.Union([Type.Literal('active'), Type.Literal('deleting')]);

/** The facts other services need of registries, by name or by id; those that do not exist are left out. */
export const lookupRegistries = defineRpc({
  service: 'metadata',
  method: 'lookupRegistries',
  isRead: true,
  request: Type.Object({
    names: Type.Optional(Type.Array(Type.String({ maxLength: 255 }), { maxItems: 64 })),
    ids: Type.Optional(Type.Array(Type.String({ maxLength: 255 }), { maxItems: 500 })),
  }),
  response: Type.Object({
    registries: Type.Array(
      Type.Object({ id: Type.String(), name: Type.String(), visibility: Visibility, state: RegistryState }),
    ),
  }),
});

/**
 * One page of `_catalog`: repository names in byte order after `last`, of the registries with these ids and of
 * public ones; `all` for every registry.
 */
export const listRepositories = defineRpc({
  service: 'metadata',
  method: 'listRepositories',
  isRead: true,
  request: Type.Object({
    all: Type.Boolean(),
    registryIds: Type.Array(Type.String(), { maxItems: 100_000 }),
    last: Type.Optional(Type.String({ maxLength: 512 })),
    limit: PageLimit,
  }),
  response: Type.Object({ names: Type.Array(Type.String()), hasMore: Type.Boolean() }),
});
