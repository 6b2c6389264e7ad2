import { type Actor, ServiceError } from '@berth/contracts';
import { type Exchange, imageFromPath, type ManagementIdentity } from '@berth/http';
import { isImageName } from '@berth/oci';
import { imageId } from '../documents/ids.ts';
import type { Origin } from '../events.ts';
import type { Facts } from '../facts.ts';
import type { ImageDocument } from '../images/view-image.ts';
import { type RegistryDocument, registryNotFound } from '../registries/find-registry.ts';
import type { RepositoryScope } from '../repository-scope.ts';

export type ManagementExchange = Exchange<ManagementIdentity>;

/** The registry that a request is about, read by the id under which the access check saw it; also one that is being deleted. */
export async function registryOf(
  facts: Facts,
  { identity, params }: ManagementExchange,
): Promise<RegistryDocument> {
  const registry = identity.registry && (await facts.registries.get(identity.registry.id));
  if (!registry) throw registryNotFound(identity.registry?.name ?? params.registry ?? '');
  return registry;
}

/** The same; REGISTRY_NOT_FOUND for one that is being deleted, since nothing in it is to be seen any more. */
export async function activeRegistryOf(
  facts: Facts,
  exchange: ManagementExchange,
): Promise<RegistryDocument> {
  const registry = await registryOf(facts, exchange);
  if (registry.state !== 'active') throw registryNotFound(registry.name);
  return registry;
}

/** What a path names, whether there is such an image or not. */
export async function scopeOf(facts: Facts, exchange: ManagementExchange): Promise<RepositoryScope> {
  const registry = await activeRegistryOf(facts, exchange);
  const image = imageFromPath(exchange.params.image ?? '');
  return { registry, image, imageId: imageId(registry.id, image) };
}

/** The image that a path names; IMAGE_NOT_FOUND when nothing was ever pushed to it. */
export async function imageOf(
  facts: Facts,
  exchange: ManagementExchange,
): Promise<{ readonly scope: RepositoryScope; readonly image: ImageDocument }> {
  const scope = await scopeOf(facts, exchange);
  const image = isImageName(scope.image) && (await facts.images.get(scope.imageId));
  if (image) return { scope, image };
  throw new ServiceError(
    'IMAGE_NOT_FOUND',
    `image "${scope.image.slice(0, 300)}" is not in registry "${scope.registry.name}"`,
  );
}

export function originOf({ identity, clientAddress }: ManagementExchange): Origin {
  return { actor: actorOf(identity), via: 'api', address: clientAddress.slice(0, 64) };
}

function actorOf({ principal }: Pick<ManagementIdentity, 'principal'>): Actor {
  const { id, kind, name } = principal;
  return { id, kind, name };
}
