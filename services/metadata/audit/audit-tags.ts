import type { AuditFinding } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import { removeDanglingTags } from '../artifacts/delete-artifact.ts';
import type { Tag } from '../documents/tag.ts';
import { BERTH } from '../events.ts';
import type { Facts } from '../facts.ts';
import { scopeOfImage } from '../maintenance/scope-of-image.ts';
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
  const targets = await facts.artifacts.existing(tags.map((tag) => tag.artifactId));
  for (const tag of tags) {
    if (targets.has(tag.artifactId)) continue;
    if (repair) {
      const scope = await scopeOfImage(facts, tag.imageId);
      await removeDanglingTags(facts, { scope, digest: tag.digest, origin: BERTH }, tag.artifactId);
      if (await facts.tags.get(tag.id)) continue; // its artifact was pushed again meanwhile
    }
    const detail = `tag "${tag.name}" points at ${tag.digest}, which is not there`;
    findings.push(
      finding('danglingTag', 'tags', tag.id, { detail, isRepaired: repair, ...(await nameOf(tag.imageId)) }),
    );
  }
  return findings;
}
