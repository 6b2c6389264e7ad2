import type { AuditFinding } from '@berth/contracts';
import { findReferrer } from '../artifacts/find-referrer.ts';
import { dropLink } from '../blobs/drop-link.ts';
import type { LinkDocument } from '../documents/blob.ts';
import type { Facts } from '../facts.ts';
import { finding, mended } from './finding.ts';
import { createRepositoryNames } from './repository-names.ts';

/** Each link that no artifact names is to a blob that is stored, or under review; what artifacts name is looked at with them. */
export async function auditLinks(
  facts: Facts,
  links: readonly LinkDocument[],
  repair: boolean,
): Promise<AuditFinding[]> {
  const blobs = await facts.blobs.existing(links.map(({ digest }) => digest));
  const nameOf = createRepositoryNames(facts);
  const findings: AuditFinding[] = [];
  for (const link of links) {
    const imageId = link.id.slice(0, link.id.lastIndexOf('@'));
    const isSwept = link.reviewAt !== undefined && !(await findReferrer(facts, link.id));
    if (isSwept) continue; // also of an upload that was cut off between its link and its blob
    if (!blobs.has(link.digest)) {
      // What an artifact names is that artifact's trouble, and told of it; the link serves its next push.
      if (await findReferrer(facts, link.id)) continue;
      const isRepaired = repair && (await mended(() => dropLink(facts, link)));
      const detail = `blob ${link.digest} is linked but not stored`;
      findings.push(
        finding('danglingLink', 'links', link.id, { detail, isRepaired, ...(await nameOf(imageId)) }),
      );
    } else if (link.reviewAt === undefined && !(await findReferrer(facts, link.id))) {
      const review = () => facts.links.replace({ ...link, reviewAt: facts.clock() });
      const isRepaired = repair && (await mended(review));
      const detail = `nothing names the link to ${link.digest}, and no sweep would come to it`;
      findings.push(
        finding('unreviewed', 'links', link.id, { detail, isRepaired, ...(await nameOf(imageId)) }),
      );
    }
  }
  return findings;
}
