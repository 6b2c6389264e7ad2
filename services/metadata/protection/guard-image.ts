import type { Page, Stored } from '@berth/document-store';
import type { Image } from '../documents/image.ts';
import type { Facts } from '../facts.ts';
import type { RegistryDocument } from '../registries/find-registry.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { askGuard, findProtected, policiesOf } from './ask-guard.ts';
import { guardOf } from './guard.ts';
import { protectedError, TAGS_NAMED } from './protected.ts';

const BATCH = 500;

/** Refuses the deletion of an image with a protected tag; reads no tag where no policy is about the image. PROTECTED. */
export async function assertImageUnprotected(facts: Facts, scope: RepositoryScope): Promise<void> {
  const guard = await askGuard(facts, scope);
  const found = guard && (await findProtected(facts, guard, { imageId: scope.imageId }));
  if (found) throw protectedError(`image ${scope.registry.name}/${scope.image}`, found);
}

/**
 * Refuses the deletion of a registry in which anything is protected, forced or not. With an enabled policy it walks the
 * tags of the images that policies are about; else it reads the policies alone. PROTECTED, tags as `<image>:<tag>`.
 */
export async function assertRegistryUnprotected(
  facts: Facts,
  registry: Pick<RegistryDocument, 'id' | 'name'>,
): Promise<void> {
  const policies = (await policiesOf(facts, registry.id)).filter(({ enabled }) => enabled);
  if (policies.length === 0) return;
  const tags: string[] = [];
  let policy: string | undefined;
  let after: string | null = null;
  do {
    const page: Page<Image & Stored> = await facts.images.page({
      index: 'byRegistry',
      equals: { registryId: registry.id },
      limit: BATCH,
      ...(after === null ? {} : { after }),
    });
    for (const { id, name } of page.items) {
      const guard = guardOf(policies, name);
      const found = guard && (await findProtected(facts, guard, { imageId: id }));
      if (!found) continue;
      policy ??= found.policy;
      tags.push(...found.tags.map((tag) => `${name}:${tag}`));
      if (tags.length >= TAGS_NAMED) break;
    }
    after = tags.length >= TAGS_NAMED ? null : page.next;
  } while (after !== null);
  if (policy === undefined) return;
  throw protectedError(`registry "${registry.name}"`, { tags: tags.slice(0, TAGS_NAMED), policy });
}
