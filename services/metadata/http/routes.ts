import type { ManagementAction } from '@berth/access';
import {
  ArtifactDetailResource,
  ArtifactResource,
  ImageResource,
  RegistryCreation,
  RegistryPatch,
  RegistryResource,
  TagResource,
  TagTarget,
} from '@berth/contracts';
import { pathExpression, type Route } from '@berth/http';
import { type TSchema, Type } from '@sinclair/typebox';

const listOf = (item: TSchema) =>
  Type.Object({ items: Type.Array(item), next: Type.Union([Type.String(), Type.Null()]) });

type Entry = Omit<Route<ManagementAction>, 'id' | 'expression'>;

const REGISTRY = '/api/v1/registries/{registry}';
const IMAGE = `${REGISTRY}/images/{image}`;

const TABLE = {
  listRegistries: {
    method: 'GET',
    pattern: '/api/v1/registries',
    action: 'signedIn',
    response: listOf(RegistryResource),
  },
  createRegistry: {
    method: 'POST',
    pattern: '/api/v1/registries',
    action: 'admin',
    request: RegistryCreation,
    response: RegistryResource,
  },
  getRegistry: { method: 'GET', pattern: REGISTRY, action: 'viewer', response: RegistryResource },
  updateRegistry: {
    method: 'PATCH',
    pattern: REGISTRY,
    action: 'maintainer',
    request: RegistryPatch,
    response: RegistryResource,
  },
  deleteRegistry: { method: 'DELETE', pattern: REGISTRY, action: 'admin' },
  listImages: {
    method: 'GET',
    pattern: `${REGISTRY}/images`,
    action: 'viewer',
    response: listOf(ImageResource),
  },
  getImage: { method: 'GET', pattern: IMAGE, action: 'viewer', response: ImageResource },
  deleteImage: { method: 'DELETE', pattern: IMAGE, action: 'maintainer' },
  listArtifacts: {
    method: 'GET',
    pattern: `${IMAGE}/artifacts`,
    action: 'viewer',
    response: listOf(ArtifactResource),
  },
  getArtifact: {
    method: 'GET',
    pattern: `${IMAGE}/artifacts/{digest}`,
    action: 'viewer',
    response: ArtifactDetailResource,
  },
  deleteArtifact: { method: 'DELETE', pattern: `${IMAGE}/artifacts/{digest}`, action: 'maintainer' },
  listTags: { method: 'GET', pattern: `${IMAGE}/tags`, action: 'viewer', response: listOf(TagResource) },
  getTag: { method: 'GET', pattern: `${IMAGE}/tags/{tag}`, action: 'viewer', response: TagResource },
  putTag: {
    method: 'PUT',
    pattern: `${IMAGE}/tags/{tag}`,
    action: 'developer',
    request: TagTarget,
    response: TagResource,
  },
  deleteTag: { method: 'DELETE', pattern: `${IMAGE}/tags/{tag}`, action: 'maintainer' },
} as const satisfies Record<string, Entry>;

export type RouteId = keyof typeof TABLE;

/** The management routes of metadata. */
export const ROUTES: readonly (Route<ManagementAction> & { readonly id: RouteId })[] = Object.entries(
  TABLE,
).map(([id, entry]) => ({ ...entry, id: id as RouteId, expression: pathExpression(entry.pattern) }));
