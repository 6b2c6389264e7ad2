import type { AuditFinding } from '@berth/contracts';
import type { Facts } from '../facts.ts';
import type { UploadDocument } from '../uploads/find-upload.ts';
import { finding, mended } from './finding.ts';

/** A committed upload is named by its blob, or under review. Open and discarded ones are found by their state. */
export async function auditUploads(
  facts: Facts,
  uploads: readonly UploadDocument[],
  repair: boolean,
): Promise<AuditFinding[]> {
  const settled = uploads.filter(({ state, reviewAt }) => state === 'committed' && reviewAt === undefined);
  const blobs = await facts.blobs.getMany(settled.map(({ digest }) => digest ?? ''));
  const findings: AuditFinding[] = [];
  for (const [index, upload] of settled.entries()) {
    if (blobs[index]?.uploadId === upload.id) continue;
    const review = () => facts.uploads.replace({ ...upload, reviewAt: facts.clock() });
    const isRepaired = repair && (await mended(review));
    const detail = `no blob names key ${upload.current.key}, and no sweep would come to it`;
    findings.push(finding('unreviewed', 'uploads', upload.id, { detail, isRepaired }));
  }
  return findings;
}
