import { isStoreError } from '@berth/document-store';
import type { StoredKey } from '../documents/upload.ts';
import type { Facts } from '../facts.ts';
import type { UploadDocument } from '../uploads/find-upload.ts';

/** The id of the discarded upload that holds the keys which take-overs of another left behind. */
export const leftBehindId = (uploadId: string): string => `${uploadId}.left`;

/**
 * The upload without the keys that take-overs left behind: a discarded one of its own has them from now on, written first, so that
 * each key stands in an upload until its bytes are gone.
 */
export async function setLeftBehindAside(facts: Facts, upload: UploadDocument): Promise<UploadDocument> {
  const { next, ...rest } = upload;
  const [current, ...superseded]: readonly StoredKey[] = [...(next ? [next] : []), ...upload.superseded];
  if (!current) return upload;
  const { id, version: _, reviewAt: __, digest: ___, ...body } = rest;
  try {
    await facts.uploads.insert(leftBehindId(id), {
      ...body,
      ...{ current, superseded, state: 'discarded', sizeBytes: 0, changedAt: facts.clock() },
    });
  } catch (error) {
    if (!isStoreError(error, 'ID_TAKEN')) throw error; // by whoever died before the next write
  }
  await facts.step('left-behind-kept');
  return { ...rest, superseded: [] };
}
