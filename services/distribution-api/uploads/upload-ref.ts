import type { RepositoryName } from '@berth/contracts';

/** Which upload, and for whom: an upload belongs to its repository and its starter. */
export interface UploadRef {
  readonly repository: RepositoryName;
  readonly uploadId: string;
  readonly actorId: string;
}

export function isSameUpload(a: UploadRef, b: UploadRef): boolean {
  return (
    a.uploadId === b.uploadId &&
    a.actorId === b.actorId &&
    a.repository.registry === b.repository.registry &&
    a.repository.image === b.repository.image
  );
}
