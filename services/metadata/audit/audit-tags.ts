import type { AuditFinding } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import type { Tag } from '../documents/tag.ts';
import { BERTH } from '../events.ts';
import type { Facts } from '../facts.ts';
import { scopeOfImage } from '../maintenance/scope-of-image.ts';
import { removeTags } from '../tags/remove-tags.ts';
import { finding } from './finding.ts';
import { createRepositoryNames } from './repository-names.ts';

/** Each tag points at an artifact that is there. */
export async function auditTags(
  facts: Facts,
  tags: readonly (Tag & Stored)[],
  repair: boolean,
): Promise<AuditFinding[]> {
  const nameOf = createRepositoryNames(facts);
  const findings: AuditFinding[] = [];
  const targets = await facts.artifacts.getMany(
    tags.map((tag) => tag.artifactId),
    { withoutBytes: true },
  );
  for (const [place, tag] of tags.entries()) {
    if (targets[place]) continue;
    if (repair) {
      const scope = await scopeOfImage(facts, tag.imageId);
      await removeTags(facts, { scope, tags: [tag], origin: BERTH });
    }
    const isRepaired = repair && (await facts.tags.get(tag.id)) === null;
    const detail = `tag "${tag.name}" points at ${tag.digest}, which is not there`;
    findings.push(
      finding('danglingTag', 'tags', tag.id, { detail, isRepaired, ...(await nameOf(tag.imageId)) }),
    );
  }
  return findings;
}
