import { MAX_PROTECTION_POLICIES, ServiceError } from '@berth/contracts';
import { isStoreError } from '@berth/document-store';
import { finishDeletion } from '../artifacts/delete-artifact.ts';
import type { Image } from '../documents/image.ts';
import { type Origin, registryChanged } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { assertRegistryUnprotected } from '../protection/guard-image.ts';
import { discarded } from '../uploads/discard-upload.ts';
import type { RegistryDocument } from './find-registry.ts';

const BATCH = 100;

/**
 * Marks a registry as `deleting`: hidden at once, its name taken until all in it is gone. Pushes read the state again
 * before they become visible, so nothing appears in it afterwards. REGISTRY_NOT_EMPTY unless forced; PROTECTED.
 */
export async function beginRegistryDeletion(
  facts: Facts,
  registry: RegistryDocument,
  options: { readonly origin: Origin; readonly force: boolean },
): Promise<RegistryDocument> {
  await assertRegistryUnprotected(facts, registry);
  await facts.step('registry-guarded');
  const deleting = await facts.registries.replace({
    ...registry,
    state: 'deleting',
    deletion: options.origin,
    updatedAt: timestamp(facts),
  });
  await facts.step('registry-deleting');
  try {
    await assertRegistryUnprotected(facts, registry);
  } catch (error) {
    await putBack(facts, deleting);
    throw error;
  }
  if (options.force || (await isEmpty(facts, registry.id))) return deleting;
  await putBack(facts, deleting);
  throw new ServiceError(
    'REGISTRY_NOT_EMPTY',
    `registry "${registry.name}" holds images; delete them first, or repeat with ?force=true`,
    { detail: { registry: registry.name } },
  );
}

async function putBack(facts: Facts, deleting: RegistryDocument): Promise<void> {
  const { deletion: _, ...kept } = deleting;
  await facts.registries.replace({ ...kept, state: 'active' });
}

/** Empties a registry that is being deleted, then removes it with `registry.deleted`. Any copy may do it, again and again. */
export async function finishRegistryDeletion(facts: Facts, registry: RegistryDocument): Promise<void> {
  for (;;) {
    const { items } = await facts.images.page({
      index: 'byRegistry',
      equals: { registryId: registry.id },
      limit: BATCH,
    });
    if (items.length === 0) break;
    for (const image of items) {
      await emptyImage(facts, registry, image);
      await ignoreConflict(facts.images.remove(image));
    }
  }
  await removeLinks(facts, registry.id);
  await removePolicies(facts, registry.id);
  await discardUploads(facts, registry.id);
  const events = (sequence: number) => [
    registryChanged(facts, { type: 'registry.deleted', registry, origin: deletionOf(registry), sequence }),
  ];
  await ignoreConflict(facts.registries.remove(registry, { events }));
}

async function isEmpty(facts: Facts, registryId: string): Promise<boolean> {
  const { items } = await facts.images.page({ index: 'byRegistry', equals: { registryId }, limit: BATCH });
  for (const image of items) {
    const live = await facts.artifacts.page({
      index: 'byImage',
      equals: { imageId: image.id, state: 'live' },
      limit: 1,
    });
    if (live.items.length > 0) return false;
  }
  return items.length < BATCH;
}

/** Artifact by artifact, parents and children alike: nobody sees them any more. */
async function emptyImage(
  facts: Facts,
  registry: RegistryDocument,
  image: Image & { id: string },
): Promise<void> {
  const scope = { registry, image: image.name, imageId: image.id };
  const deletion = deletionOf(registry);
  for (;;) {
    const { items } = await facts.artifacts.page({
      index: 'byImage',
      equals: { imageId: image.id },
      limit: BATCH,
    });
    if (items.length === 0) break;
    for (const { id } of items) {
      const artifact = await facts.artifacts.get(id);
      if (!artifact) continue;
      const deleting = { ...artifact, state: 'deleting', deletion, repairAt: facts.clock() } as const;
      await ignoreConflict(
        facts.artifacts
          .replace(deleting, { relaxed: true })
          .then((marked) => finishDeletion(facts, scope, marked)),
      );
    }
  }
}

function deletionOf({ deletion, createdBy }: RegistryDocument): Origin {
  return deletion ?? { actor: createdBy, via: 'api' };
}

async function removeLinks(facts: Facts, registryId: string): Promise<void> {
  for (;;) {
    const { items } = await facts.links.page({ index: 'byRegistry', equals: { registryId }, limit: BATCH });
    if (items.length === 0) return;
    for (const link of items) await ignoreConflict(facts.links.remove(link, { relaxed: true }));
  }
}

async function removePolicies(facts: Facts, registryId: string): Promise<void> {
  const { items } = await facts.protectionPolicies.page({
    index: 'byRegistry',
    equals: { registryId },
    limit: MAX_PROTECTION_POLICIES,
  });
  for (const policy of items)
    await ignoreConflict(facts.protectionPolicies.remove(policy, { relaxed: true }));
}

async function discardUploads(facts: Facts, registryId: string): Promise<void> {
  let after: string | undefined;
  do {
    const page = await facts.uploads.page({
      index: 'byRegistry',
      equals: { registryId },
      limit: BATCH,
      ...(after === undefined ? {} : { after }),
    });
    for (const upload of page.items) {
      if (upload.state === 'open')
        await ignoreConflict(facts.uploads.replace(discarded(upload, facts.clock())));
    }
    after = page.next ?? undefined;
  } while (after !== undefined);
}

/** Somebody else changed or removed it first: the next round reads it again. */
async function ignoreConflict(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
  }
}
