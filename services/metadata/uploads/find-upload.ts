import { ServiceError } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import type { Upload } from '../documents/upload.ts';
import type { Facts } from '../facts.ts';

export type UploadDocument = Upload & Stored;

export interface UploadRef {
  readonly imageId: string;
  readonly uploadId: string;
  readonly actorId: string;
}

/** An upload of this repository and starter; UPLOAD_UNKNOWN alike for a missing one, another's and another repository's. */
export async function findUpload(facts: Facts, ref: UploadRef): Promise<UploadDocument> {
  const upload = await facts.uploads.get(ref.uploadId);
  if (upload?.imageId !== ref.imageId || upload.startedBy !== ref.actorId) throw uploadUnknown(ref.uploadId);
  return upload;
}

/** The same, and still open. */
export async function findOpenUpload(facts: Facts, ref: UploadRef): Promise<UploadDocument> {
  const upload = await findUpload(facts, ref);
  if (upload.state !== 'open') throw uploadUnknown(ref.uploadId);
  return upload;
}

export function uploadUnknown(uploadId: string): ServiceError {
  return new ServiceError(
    'UPLOAD_UNKNOWN',
    `upload "${uploadId}" is not known here; it may have ended: begin a new one`,
  );
}
