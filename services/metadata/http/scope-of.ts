import { type Actor, ServiceError } from '@berth/contracts';
import { type Asked, type Exchange, imageFromPath, type ManagementIdentity } from '@berth/http';
import { isImageName } from '@berth/oci';
import { imageId } from '../documents/ids.ts';
import type { Origin } from '../events.ts';
import type { Metadata } from '../metadata.ts';
import type { RegistryDocument } from '../registries/find-registry.ts';
import type { RepositoryScope } from '../repository-scope.ts';

/** The registry that a path names, read by the id under which the access check saw it. */
export async function registryOf(
  { facts }: Metadata,
  asked: Asked,
  identity: ManagementIdentity,
): Promise<RegistryDocument> {
  const registry = identity.registry && (await facts.registries.get(identity.registry.id));
  if (!registry) throw registryNotFound(asked.params.registry ?? '');
  return registry;
}

/** The image that a path names; IMAGE_NOT_FOUND when nothing was ever pushed to it. */
export async function scopeOf(
  metadata: Metadata,
  asked: Asked,
  identity: ManagementIdentity,
): Promise<RepositoryScope> {
  const registry = await registryOf(metadata, asked, identity);
  const image = imageFromPath(asked.params.image ?? '');
  const scope = { registry, image, imageId: imageId(registry.id, image) };
  if (registry.state !== 'active') throw registryNotFound(registry.name);
  if (!isImageName(image) || !(await metadata.facts.images.get(scope.imageId))) {
    throw new ServiceError(
      'IMAGE_NOT_FOUND',
      `image "${image.slice(0, 300)}" is not in registry "${registry.name}"`,
    );
  }
  return scope;
}

export function registryNotFound(name: string): ServiceError {
  return new ServiceError('REGISTRY_NOT_FOUND', `registry "${name.slice(0, 300)}" does not exist`);
}

export function originOf({ identity, clientAddress }: Exchange<ManagementIdentity>): Origin {
  return { actor: actorOf(identity), via: 'api', address: clientAddress.slice(0, 64) };
}

export function actorOf({ principal }: Pick<ManagementIdentity, 'principal'>): Actor {
  const { id, kind, name } = principal;
  return { id, kind, name };
}
