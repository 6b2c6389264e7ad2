import { isRegistryClientError, RegistryClientError } from './registry-client-error.ts';
import type { Upload, UploadBody, UploadClient } from './uploads.ts';

export interface ChunkSource {
  readonly sizeBytes: number;
  /** Bytes `start` up to but without `end`. */
  part(start: number, end: number): UploadBody;
}

export interface SendChunksOptions {
  readonly chunkBytes: number;
  /** How often in a row a broken chunk is gone on with. */
  readonly maxResumes: number;
  readonly signal?: AbortSignal | undefined;
  /** Begins anew where the registry does not know the upload any more; null when the blob is there. */
  readonly restart: () => Promise<Upload | null>;
  /** Told where the upload goes on. */
  readonly onUpload: (upload: Upload) => void;
}

/** Sends what an upload lacks, chunk by chunk; asks where it stands when one breaks off. Null when the blob turned out to be there. */
export async function sendChunks(
  uploads: UploadClient,
  begun: Upload,
  source: ChunkSource,
  options: SendChunksOptions,
): Promise<Upload | null> {
  const { sizeBytes } = source;
  const { chunkBytes, maxResumes, signal, restart, onUpload } = options;
  let upload = begun;
  let resumes = 0;
  onUpload(upload);
  while (upload.offsetBytes < sizeBytes) {
    signal?.throwIfAborted();
    const start = upload.offsetBytes;
    const end = Math.min(sizeBytes, start + Math.max(chunkBytes, upload.minChunkBytes));
    try {
      const sent = await uploads.patch(upload, source.part(start, end), {
        sizeBytes: end - start,
        isRanged: true,
      });
      // A registry that does not tell the range has taken the chunk whole: it answered 202.
      upload = { ...sent, offsetBytes: sent.offsetBytes > start ? sent.offsetBytes : end };
      resumes = 0;
    } catch (error) {
      const isBroken = isRegistryClientError(error) && (error.code === 'UNREACHABLE' || error.status === 416);
      resumes += 1;
      if (!isBroken || resumes > maxResumes) throw error;
      const goneOn = (await statusOf(uploads, upload)) ?? (await restart());
      if (goneOn === null) return null;
      upload = goneOn;
    }
    onUpload(upload);
  }
  if (upload.offsetBytes > sizeBytes) {
    throw new RegistryClientError(
      'PROTOCOL',
      `an upload to ${upload.repository} holds ${upload.offsetBytes} bytes of ${sizeBytes}`,
    );
  }
  return upload;
}

/** Where an upload stands; null when the registry does not go on with it. */
export async function statusOf(uploads: UploadClient, upload: Upload): Promise<Upload | null> {
  try {
    return await uploads.status({ ...upload, offsetBytes: 0 });
  } catch (error) {
    if (isRegistryClientError(error, 400, 404, 405, 410, 416)) return null;
    throw error;
  }
}
