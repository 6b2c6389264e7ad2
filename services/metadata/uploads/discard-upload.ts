import { retryConflict } from '@berth/document-store';
import type { StoredKey } from '../documents/upload.ts';
import type { Facts } from '../facts.ts';
import { findOpenUpload, type UploadDocument, type UploadRef } from './find-upload.ts';

/** Cancels an open upload. Its keys may be deleted from then on; the document stays until they are gone. */
export async function discardUpload(facts: Facts, ref: UploadRef): Promise<readonly StoredKey[]> {
  return await retryConflict(`upload "${ref.uploadId}"`, async () => {
    const upload = await findOpenUpload(facts, ref);
    await facts.uploads.replace(discarded(upload, facts.clock()));
    return keysOf(upload);
  });
}

export function discarded(upload: UploadDocument, now: number): UploadDocument {
  const { leaseUntil: _, reviewAt: __, ...rest } = upload;
  return { ...rest, state: 'discarded', changedAt: now };
}

export function keysOf(upload: UploadDocument): readonly StoredKey[] {
  return [upload.current, ...(upload.next ? [upload.next] : []), ...upload.superseded];
}
