import { type Stored, writePastConflicts } from '@berth/document-store';
import type { Tag } from '../documents/tag.ts';
import { type Origin, tagDeleted } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { forgetPulls } from '../pulls/forget-pulls.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { countOfTags } from './count-of-tags.ts';

/**
 * Removes tags of one image as they were read, in one durable commit; one that has been moved meanwhile stays, since the
 * move is the newer wish. What they pointed at is gone or going: so the count of artifacts is not changed here.
 */
export async function removeTags(
  facts: Facts,
  removal: { scope: RepositoryScope; tags: readonly (Tag & Stored)[]; origin: Origin },
): Promise<void> {
  const { scope, tags, origin } = removal;
  const removed = await writePastConflicts(
    facts,
    tags.map((tag) =>
      facts.tags.write.remove(tag, {
        events: (sequence) => [
          tagDeleted(facts, { scope, tag: tag.name, digest: tag.digest, origin, sequence }),
        ],
      }),
    ),
  );
  if (removed.length === 0) return;
  const ids = removed.map(({ id }) => id);
  await forgetPulls(facts, ids);
  const names = tags.flatMap(({ id, name }) => (ids.includes(id) ? [name] : []));
  await facts.imageSummaries.increment(
    scope.imageId,
    { tagCount: -countOfTags(names) },
    { updatedAt: timestamp(facts) },
  );
}
