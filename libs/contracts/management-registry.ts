import { type Static, Type } from '@sinclair/typebox';
import { defineRoutes, listOf, SEARCH_PARAMETERS } from './management-route.ts';
import { RegistryState, Visibility } from './metadata-registry-rpc.ts';
import { Actor } from './principal.ts';

const closed = { additionalProperties: false } as const;

export const TagNaming = Type.Union([Type.Literal('lowercase'), Type.Literal('oci')], {
  default: 'lowercase',
});

const RegistrySettings = {
  description: Type.String({ maxLength: 1024, default: '' }),
  visibility: Visibility,
  tagNaming: TagNaming,
  allowMissingChildren: Type.Boolean({ default: false }),
};

export const RegistryCreation = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 1024 }),
    ...Type.Partial(Type.Object(RegistrySettings)).properties,
  },
  closed,
);
export type RegistryCreation = Static<typeof RegistryCreation>;

/** What a JSON merge patch of a registry must yield; its name stays. */
export const RegistryPatch = Type.Object(RegistrySettings, closed);
export type RegistryPatch = Static<typeof RegistryPatch>;

export const RegistryResource = Type.Object({
  id: Type.String(),
  name: Type.String(),
  ...RegistrySettings,
  state: RegistryState,
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type RegistryResource = Static<typeof RegistryResource>;

const REGISTRIES = '/api/v1/registries';
const REGISTRY = `${REGISTRIES}/{registry}`;

export const REGISTRY_ROUTES = defineRoutes({
  listRegistries: {
    method: 'GET',
    pattern: REGISTRIES,
    action: 'signedIn',
    summary: 'The registries that I may see',
    query: Type.Object({
      ...SEARCH_PARAMETERS,
      sort: Type.Optional(Type.Union([Type.Literal('name'), Type.Literal('-name')])),
    }),
    response: listOf(RegistryResource),
  },
  createRegistry: {
    method: 'POST',
    pattern: REGISTRIES,
    action: 'admin',
    summary: 'Create a registry',
    request: RegistryCreation,
    response: RegistryResource,
    status: 201,
    errors: ['NAME_INVALID', 'NAME_TAKEN'],
  },
  getRegistry: {
    method: 'GET',
    pattern: REGISTRY,
    action: 'viewer',
    registry: 'path',
    summary: 'One registry',
    response: RegistryResource,
  },
  updateRegistry: {
    method: 'PATCH',
    pattern: REGISTRY,
    action: 'maintainer',
    registry: 'path',
    summary: 'Change the settings of a registry',
    request: RegistryPatch,
    response: RegistryResource,
  },
  deleteRegistry: {
    method: 'DELETE',
    pattern: REGISTRY,
    action: 'admin',
    registry: 'path',
    summary:
      'Delete a registry; with ?force=true also one that holds images, in the background (202, as when repeated meanwhile)',
    query: Type.Object({ force: Type.Optional(Type.Boolean()) }),
    also: { status: 202, response: RegistryResource },
    errors: ['REGISTRY_NOT_EMPTY', 'PROTECTED'],
  },
});
