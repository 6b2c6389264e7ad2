import type { Facts } from '../facts.ts';

/** Names of repositories by image id, each registry read once. Empty where the registry is gone. */
export function createRepositoryNames(
  facts: Facts,
): (imageId: string) => Promise<{ readonly repository?: string }> {
  const known = new Map<string, Promise<string | null>>();
  return async (imageId) => {
    const at = imageId.indexOf('/');
    const registryId = imageId.slice(0, at);
    const asked =
      known.get(registryId) ?? facts.registries.get(registryId).then((found) => found?.name ?? null);
    known.set(registryId, asked);
    const name = await asked;
    return name === null ? {} : { repository: `${name}/${imageId.slice(at + 1)}` };
  };
}
