import { isServiceError, type ScannedArtifact } from '@berth/contracts';
import type { Page, Stored } from '@berth/document-store';
import { isAttachingTag } from '@berth/oci';
import type { ListedArtifact } from '../artifacts/find-referrer.ts';
import type { Tag } from '../documents/tag.ts';
import type { Facts } from '../facts.ts';
import { askGuard } from '../protection/ask-guard.ts';
import { assertArtifactUnprotected } from '../protection/guard-artifact.ts';
import { readPulls } from '../pulls/read-pulls.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { pulledTime } from '../tags/view-tag.ts';

/** What belongs to more is not known, and so stays. */
const TAGS_AT_MOST = 100;
const PARENTS_AT_MOST = 20;

/** A page of the live artifacts of an image with what cleanup decides by, the one that was pushed first first. */
export async function scanArtifacts(
  facts: Facts,
  scope: RepositoryScope,
  query: { readonly limit: number; readonly after?: string },
): Promise<{ readonly items: ScannedArtifact[]; readonly next: string | null }> {
  const equals = { imageId: scope.imageId, state: 'live' };
  const { items, next } = await facts.artifacts.page({ index: 'byImage', equals, ...query });
  const isGuarded = (await askGuard(facts, scope)) !== null;
  const scanned: ScannedArtifact[] = [];
  for (const artifact of items) scanned.push(await scanOne(facts, { scope, artifact, isGuarded }));
  return { items: scanned, next };
}

async function scanOne(
  facts: Facts,
  one: { readonly scope: RepositoryScope; readonly artifact: ListedArtifact; readonly isGuarded: boolean },
): Promise<ScannedArtifact> {
  const { scope, artifact, isGuarded } = one;
  const { id, digest, pushedAt, subjectId } = artifact;
  const tags = await tagsOf(facts, id);
  const parents = await parentsOf(facts, id);
  const unknown = unknownOf(tags, parents);
  const names = tags.items.map(({ name }) => name);
  const [pulls] = await readPulls(facts, [artifact]);
  const statistics = await facts.pullStatistics.getMany(tags.items.map((tag) => tag.id));
  const ofTags = statistics.map((statistic) => statistic?.lastPulledAt);
  const known = [pulls?.lastPulledAt, ...ofTags].filter((time) => time !== undefined);
  return {
    digest,
    pushedAt,
    lastPulledAt: pulledTime(known.length === 0 ? undefined : Math.max(...known)),
    tags: tags.items.map(({ name, updatedAt }, index) => ({
      ...{ name, updatedAt },
      lastPulledAt: pulledTime(ofTags[index]),
    })),
    isProtected: isGuarded && (await isProtected(facts, scope, digest)),
    isAttached:
      subjectId !== undefined || (names.length > 0 ? names.every(isAttachingTag) : parents.items.length > 0),
    parents: parents.items.map((parent) => parent.digest),
    ...(unknown !== undefined && { unknown }),
  };
}

async function tagsOf(facts: Facts, artifactId: string): Promise<Page<Tag & Stored>> {
  return await facts.tags.page({ index: 'byArtifact', equals: { artifactId }, limit: TAGS_AT_MOST });
}

/** In every state: one on its way out may come back, and one that is pending may be live in a moment. */
async function parentsOf(facts: Facts, id: string): Promise<Page<ListedArtifact>> {
  const equals = { references: id };
  return await facts.artifacts.page({ index: 'byReference', equals, limit: PARENTS_AT_MOST });
}

function unknownOf(tags: Page<unknown>, parents: Page<unknown>): string | undefined {
  if (tags.next !== null) return `it has more than ${TAGS_AT_MOST} tags`;
  if (parents.next !== null) return `more than ${PARENTS_AT_MOST} indexes name it`;
  return undefined;
}

async function isProtected(facts: Facts, scope: RepositoryScope, digest: string): Promise<boolean> {
  try {
    await assertArtifactUnprotected(facts, scope, digest);
    return false;
  } catch (error) {
    if (isServiceError(error, 'PROTECTED')) return true;
    throw error;
  }
}
