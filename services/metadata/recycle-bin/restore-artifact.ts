import { isServiceError, type RestoredArtifactResource, ServiceError } from '@berth/contracts';
import type { Page } from '@berth/document-store';
import { pushManifest } from '../artifacts/push-manifest.ts';
import { readListed } from '../artifacts/read-listed.ts';
import type { DeletedDocument, ListedDeleted } from '../documents/deleted-artifact.ts';
import { tagId } from '../documents/ids.ts';
import type { Origin } from '../events.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { assertTagAllowed } from '../tags/tag-rules.ts';
import { findInBin } from './find-in-bin.ts';
import { takeOut } from './take-out.ts';

/** How many artifacts one request restores, those that belong to it included. */
const AT_ONCE = 1_000;
const BATCH = 100;

export interface Restoration {
  readonly scope: RepositoryScope;
  readonly digest: string;
  readonly origin: Origin;
}

/** One restoration under way. */
interface Restoring extends Restoration {
  readonly facts: Facts;
  readonly seen: Set<string>;
  readonly restored: string[];
  readonly notRestored: RestoredArtifactResource['notRestored'];
}

/**
 * Brings a deleted artifact back as if it were pushed again: first what it names and was deleted too, then itself with its tags,
 * then what was attached to it and went along, as far as that can be. A tag that is somewhere else by now stays there, since that is
 * the newer wish. May be repeated. ARTIFACT_NOT_FOUND; NOT_RESTORABLE where something that it needs is gone.
 */
export async function restoreArtifact(
  facts: Facts,
  restoration: Restoration,
): Promise<RestoredArtifactResource> {
  const { scope, digest } = restoration;
  const deleted = await findInBin(facts, scope, digest);
  const restoring: Restoring = {
    ...{ ...restoration, facts, seen: new Set([deleted.id]) },
    ...{ restored: [], notRestored: [] },
  };
  const { tags, tagsElsewhere } = await restoreWhole(restoring, deleted);
  const { restored, notRestored } = restoring;
  const alsoRestored = restored.filter((one) => one !== digest);
  return { digest, tags, tagsElsewhere, alsoRestored, notRestored };
}

async function restoreWhole(
  restoring: Restoring,
  deleted: DeletedDocument,
): Promise<Pick<RestoredArtifactResource, 'tags' | 'tagsElsewhere'>> {
  const { facts, scope, restored, notRestored } = restoring;
  for (const id of await deletedChildren(facts, deleted)) await restoreOther(restoring, id);
  await pushAgain(restoring, deleted);
  restored.push(deleted.digest);
  await facts.step('artifact-restored');
  for await (const page of attachedOf(facts, deleted.id))
    for (const { id, digest } of page)
      await restoreOther(restoring, id).catch((error: unknown) => {
        if (!isServiceError(error, 'NOT_RESTORABLE')) throw error;
        notRestored.push({ digest, reason: error.message });
      });
  await takeOut(facts, deleted.id, deleted.version);
  return await tagsNow(facts, scope, deleted);
}

async function restoreOther(restoring: Restoring, id: string): Promise<void> {
  const { facts, seen } = restoring;
  if (seen.has(id) || seen.size >= AT_ONCE) return;
  const deleted = await facts.deletedArtifacts.get(id);
  if (!deleted) return;
  seen.add(id);
  await restoreWhole(restoring, deleted);
}

/** Children that are in the bin, and not back yet. */
async function deletedChildren(facts: Facts, { references }: DeletedDocument): Promise<string[]> {
  const children: string[] = [];
  for (const id of await facts.deletedArtifacts.existing(references))
    if ((await readListed(facts, id))?.state !== 'live') children.push(id);
  return children;
}

async function* attachedOf(facts: Facts, owner: string): AsyncGenerator<readonly ListedDeleted[]> {
  let after: string | null = null;
  do {
    const page: Page<ListedDeleted> = await facts.deletedArtifacts.page({
      index: 'byOwner',
      equals: { attachedTo: owner },
      limit: BATCH,
      ...(after === null ? {} : { after }),
    });
    yield page.items;
    after = page.next;
  } while (after !== null);
}

/** Which of its tags it has again. */
async function tagsNow(facts: Facts, { imageId }: RepositoryScope, { digest, tags }: DeletedDocument) {
  const now = await facts.tags.getMany(tags.map((tag) => tagId(imageId, tag)));
  const isBack = (index: number) => now[index]?.digest === digest;
  return {
    tags: tags.filter((_, index) => isBack(index)),
    tagsElsewhere: tags.filter((_, index) => !isBack(index)),
  };
}

function isAllowed(registry: RepositoryScope['registry'], tag: string): boolean {
  try {
    assertTagAllowed(registry, tag);
    return true;
  } catch (error) {
    if (isServiceError(error, 'TAG_INVALID')) return false;
    throw error;
  }
}

async function pushAgain(
  { facts, scope, origin }: Restoring,
  { digest, mediaType, bytes, tags }: DeletedDocument,
): Promise<void> {
  const allowed = tags.filter((tag) => isAllowed(scope.registry, tag));
  const push = { reference: digest, mediaType, bytes, tags: allowed, areTagsKept: true };
  try {
    await pushManifest(facts, { scope, origin, ...push });
  } catch (cause) {
    if (!isServiceError(cause, 'MANIFEST_BLOB_UNKNOWN')) throw cause;
    const message = `artifact ${digest} cannot be restored: ${cause.message}`;
    throw new ServiceError('NOT_RESTORABLE', message, { detail: cause.detail, cause });
  }
}
