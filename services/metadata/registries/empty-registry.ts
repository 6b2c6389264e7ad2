import {
  type Collection,
  isStoreError,
  type Page,
  type PageQuery,
  type Stored,
  writePastConflicts,
} from '@berth/document-store';
import { finishDeletion } from '../artifacts/delete-artifact.ts';
import { idsIn } from '../documents/ids.ts';
import type { Origin } from '../events.ts';
import type { Facts } from '../facts.ts';
import { purgeArtifact } from '../recycle-bin/purge-artifact.ts';
import { imageScope } from '../repository-scope.ts';
import { removeTags } from '../tags/remove-tags.ts';
import { discarded } from '../uploads/discard-upload.ts';
import type { RegistryDocument } from './find-registry.ts';

const BATCH = 100;

/**
 * Removes all that a registry holds: its deletion is decided, so nothing becomes visible in it any more. Artifacts first,
 * parents and children alike since nobody sees them, so that nothing names their links any more: those are the sweep's.
 */
export async function emptyRegistry(facts: Facts, registry: RegistryDocument, origin: Origin): Promise<void> {
  const range = idsIn(registry.id);
  await removeArtifacts(facts, registry, origin);
  for await (const tags of pagesOf(facts.tags, { index: 'id', range })) {
    for (const tag of tags)
      await removeTags(facts, { scope: imageScope(registry, tag.imageId), tags: [tag], origin });
  }
  for await (const bin of pagesOf(facts.deletedArtifacts, { index: 'id', range }))
    for (const deleted of bin)
      await purgeArtifact(facts, { scope: imageScope(registry, deleted.imageId), deleted, origin });
  await removeAll(facts, facts.images, { index: 'id', range });
  await removeAll(facts, facts.imageSummaries, { index: 'id', range });
  await removeAll(facts, facts.pullStatistics, { index: 'id', range });
  const equals = { registryId: registry.id };
  await removeAll(facts, facts.protectionPolicies, { index: 'byRegistry', equals });
  for await (const uploads of pagesOf(facts.uploads, { index: 'byRegistry', equals })) {
    const open = uploads.filter(({ state }) => state === 'open');
    await writePastConflicts(
      facts,
      open.map((upload) => facts.uploads.write.replace(discarded(upload, facts.clock()))),
    );
  }
}

async function removeArtifacts(facts: Facts, registry: RegistryDocument, deletion: Origin): Promise<void> {
  for (;;) {
    const { items } = await facts.artifacts.page({ index: 'id', range: idsIn(registry.id), limit: BATCH });
    if (items.length === 0) return;
    for (const { id, imageId } of items) {
      const artifact = await facts.artifacts.get(id);
      if (!artifact) continue;
      const deleting = { ...artifact, state: 'deleting', deletion, repairAt: facts.clock() } as const;
      try {
        const marked = await facts.artifacts.replace(deleting, { relaxed: true });
        await finishDeletion(facts, imageScope(registry, imageId), marked);
      } catch (error) {
        if (!isStoreError(error, 'VERSION_CONFLICT')) throw error; // the next page brings it again
      }
    }
  }
}

/** Worth nothing without the registry, so the removals may be lost with the machine: the registry is then there as well. */
async function removeAll<Body extends object>(
  facts: Facts,
  collection: Collection<Body>,
  query: Omit<PageQuery, 'limit' | 'after'>,
): Promise<void> {
  for await (const items of pagesOf(collection, query)) {
    await writePastConflicts(
      facts,
      items.map((item) => collection.write.remove(item, { relaxed: true })),
    );
  }
}

async function* pagesOf<Body extends object>(
  collection: Collection<Body>,
  query: Omit<PageQuery, 'limit' | 'after'>,
): AsyncGenerator<readonly (Body & Stored)[]> {
  let after: string | null = null;
  do {
    const page: Page<Body & Stored> = await collection.page({
      ...query,
      limit: BATCH,
      ...(after === null ? {} : { after }),
    });
    yield page.items;
    after = page.next;
  } while (after !== null);
}
