import { type PlannedFacts, ServiceError } from '@berth/contracts';
import { tagId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import { readPulls } from '../pulls/read-pulls.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import type { ListedArtifact } from './find-referrer.ts';

/**
 * Refuses to delete an artifact that is not what it was when its deletion was decided: it got or lost a tag, was pushed again, or
 * was pulled since. PRECONDITION_FAILED, whose message says what changed.
 */
export async function assertUnchanged(
  facts: Facts,
  scope: RepositoryScope,
  artifact: Pick<ListedArtifact, 'id' | 'digest' | 'pushedAt' | 'kind' | 'references'>,
  planned: PlannedFacts,
): Promise<void> {
  const { id, digest, pushedAt } = artifact;
  if (pushedAt > planned.pushedAt) throw changed(digest, 'it was pushed again');
  const limit = planned.tags.length + 1;
  const { items } = await facts.tags.page({ index: 'byArtifact', equals: { artifactId: id }, limit });
  const now = items.map(({ name }) => name);
  const added = now.find((name) => !planned.tags.includes(name));
  if (added !== undefined) throw changed(digest, `tag "${added}" points at it now`);
  const lost = planned.tags.find((name) => !now.includes(name));
  if (lost !== undefined) throw changed(digest, `tag "${lost}" does not point at it any more`);
  const ofTags = await facts.pullStatistics.getMany(planned.tags.map((name) => tagId(scope.imageId, name)));
  const pulls = [...(await readPulls(facts, [artifact])), ...ofTags];
  const pulledUntil = planned.lastPulledAt === null ? -1 : Date.parse(planned.lastPulledAt);
  if (pulls.some((pull) => (pull?.lastPulledAt ?? -1) > pulledUntil))
    throw changed(digest, 'it was pulled since');
}

function changed(digest: string, what: string): ServiceError {
  return new ServiceError('PRECONDITION_FAILED', `artifact ${digest} stays: ${what}`, {
    detail: { digest, reason: what },
  });
}
