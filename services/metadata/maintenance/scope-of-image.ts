import { BERTH } from '../events.ts';
import type { Facts } from '../facts.ts';
import type { RegistryDocument } from '../registries/find-registry.ts';
import { imageScope, type RepositoryScope } from '../repository-scope.ts';

/** The repository an image id belongs to; where its registry is gone, one on its way out that has the id as its name. */
export async function scopeOfImage(facts: Facts, imageId: string): Promise<RepositoryScope> {
  const registryId = imageId.slice(0, imageId.indexOf('/'));
  const registry = await facts.registries.get(registryId);
  return imageScope(registry ?? goneRegistry(registryId), imageId);
}

function goneRegistry(id: string): RegistryDocument {
  return {
    id,
    version: 0,
    name: id,
    description: '',
    visibility: 'private',
    tagNaming: 'oci',
    allowMissingChildren: false,
    state: 'deleting',
    deletion: { ...BERTH, isForced: true, isDecided: true },
    createdAt: '',
    updatedAt: '',
    createdBy: BERTH.actor,
  };
}
