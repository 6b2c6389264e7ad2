import { type RepositoryName, ServiceError } from '@berth/contracts';
import { isImageName } from '@berth/oci';
import { imageId } from './documents/ids.ts';
import type { RegistryDocument, RegistryFinder } from './registries/find-registry.ts';

/** A repository of `/v2` resolved to what the documents are keyed by. */
export interface RepositoryScope {
  readonly registry: RegistryDocument;
  readonly image: string;
  readonly imageId: string;
}

/** NAME_UNKNOWN when the registry is missing or on its way out, NAME_INVALID for a bad image name. */
export async function resolveRepository(
  finder: RegistryFinder,
  name: RepositoryName,
): Promise<RepositoryScope> {
  if (!isImageName(name.image) || name.registry.length + 1 + name.image.length > 255) {
    throw new ServiceError(
      'NAME_INVALID',
      `image name "${name.image}" is not valid: lower-case letters, digits and single separators (. _ __ - /), at most 255 characters with its registry`,
    );
  }
  const registry = await finder.require(name.registry);
  return { registry, image: name.image, imageId: imageId(registry.id, name.image) };
}

/** The repository of an image id. */
export function imageScope(registry: RegistryDocument, imageId: string): RepositoryScope {
  return { registry, image: imageId.slice(registry.id.length + 1), imageId };
}
