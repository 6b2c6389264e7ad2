import type { AuditFinding } from '@berth/contracts';
import type { BlobDocument } from '../blobs/link-blob.ts';
import type { Upload } from '../documents/upload.ts';
import type { Facts } from '../facts.ts';
import type { UploadDocument } from '../uploads/find-upload.ts';
import { finding, mended } from './finding.ts';

/** Each blob's upload is committed and has its key; a blob without links is under review. */
export async function auditBlobs(
  facts: Facts,
  blobs: readonly BlobDocument[],
  repair: boolean,
): Promise<AuditFinding[]> {
  const uploads = await facts.uploads.getMany(blobs.map(({ uploadId }) => uploadId));
  const findings: AuditFinding[] = [];
  for (const [index, blob] of blobs.entries()) {
    const upload = uploads[index] ?? null;
    if (upload?.state !== 'committed' || upload.current.key !== blob.key) {
      const isRepaired = repair && (await mended(() => recommit(facts, blob, upload)));
      const detail = `upload "${blob.uploadId}" of blob ${blob.id} is ${upload?.state ?? 'missing'}`;
      findings.push(finding('blobWithoutUpload', 'blobs', blob.id, { detail, isRepaired }));
    }
    if (blob.reviewAt === undefined && !(await isLinked(facts, blob.id))) {
      const review = () => facts.blobs.replace({ ...blob, reviewAt: facts.clock() });
      const isRepaired = repair && (await mended(review));
      const detail = `no image has blob ${blob.id}, and no sweep would come to it`;
      findings.push(finding('unreviewed', 'blobs', blob.id, { detail, isRepaired }));
    }
  }
  return findings;
}

async function isLinked(facts: Facts, digest: string): Promise<boolean> {
  return (await facts.links.page({ index: 'byDigest', equals: { digest }, limit: 1 })).items.length > 0;
}

/** So that its bytes are not deleted, and are found when they may go. */
async function recommit(facts: Facts, blob: BlobDocument, upload: UploadDocument | null): Promise<unknown> {
  const now = facts.clock();
  const committed: Omit<Upload, 'registryId' | 'imageId' | 'startedBy'> = {
    ...{ state: 'committed', digest: blob.id, current: { key: blob.key }, superseded: [], takeOvers: 0 },
    ...{ sizeBytes: blob.sizeBytes, digests: {}, changedAt: now, reviewAt: now },
  };
  return upload === null
    ? await facts.uploads.insert(blob.uploadId, {
        ...committed,
        ...{ registryId: '', imageId: '', startedBy: 'berth' },
      })
    : await facts.uploads.replace({ ...upload, ...committed });
}
