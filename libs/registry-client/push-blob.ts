import type { Readable } from 'node:stream';
import type { Digest } from '@berth/oci';
import { isRegistryClientError, RegistryClientError } from './registry-client-error.ts';
import { repositoryPath } from './repository-path.ts';
import { dropBody } from './response-body.ts';
import { repositoryScope } from './scope.ts';
import type { Transport } from './transport.ts';
import { type Upload, type UploadBody, type UploadClient, uploadOf } from './uploads.ts';

/** Bytes at hand, or a way to open a part of them: bytes `start` up to but without `end`. */
export type BlobSource =
  | Uint8Array
  | {
      readonly sizeBytes: number;
      open(start: number, end: number): Readable | Promise<Readable>;
    };

export interface PushBlobOptions {
  /**
   * `postPut` (default): POST, then PUT with the bytes. `post`: one request; registries may answer with an upload instead, which
   * is then finished. `patch`: POST, PATCH with the bytes, PUT, as docker does. `chunked`: PATCHes of `chunkBytes` with
   * Content-Range, gone on with by asking for the status when one breaks off.
   */
  readonly method?: 'postPut' | 'post' | 'patch' | 'chunked';
  /** Default 16 MiB. */
  readonly chunkBytes?: number;
  /** How often in a row a broken chunk is gone on with; default 5. */
  readonly maxResumes?: number;
  readonly signal?: AbortSignal;
}

const CHUNK_BYTES = 16 * 1024 * 1024;

/** Pushes a blob of a known digest. RegistryClientError. */
export async function pushBlob(
  { transport, uploads }: { readonly transport: Transport; readonly uploads: UploadClient },
  blob: { readonly repository: string; readonly digest: Digest; readonly source: BlobSource },
  options: PushBlobOptions = {},
): Promise<void> {
  const { repository, digest, source } = blob;
  const sizeBytes = sizeOf(source);
  const whole = { body: partOf(source, 0, sizeBytes), sizeBytes };

  switch (options.method ?? 'postPut') {
    case 'post': {
      const answer = await transport.call({
        method: 'POST',
        url: repositoryPath(repository, `blobs/uploads/?digest=${encodeURIComponent(digest)}`),
        scopes: [repositoryScope(repository, 'pull', 'push')],
        headers: { 'content-type': 'application/octet-stream', 'content-length': String(sizeBytes) },
        body: whole.body,
        expected: [201, 202],
        signal: options.signal,
      });
      await dropBody(answer);
      if (answer.statusCode === 202) {
        const upload = uploadOf(answer, { repository, location: '', offsetBytes: 0, minChunkBytes: 0 });
        await uploads.finish(upload, digest, whole);
      }
      return;
    }
    case 'postPut':
      await uploads.finish(await uploads.start(repository, { digest }), digest, whole);
      return;
    case 'patch': {
      const upload = await uploads.start(repository, { digest });
      await uploads.finish(await uploads.patch(upload, whole.body, { sizeBytes }), digest);
      return;
    }
    case 'chunked': {
      const upload = await uploads.start(repository, { digest });
      await uploads.finish(await sendChunks(uploads, upload, source, options), digest);
    }
  }
}

async function sendChunks(
  uploads: UploadClient,
  begun: Upload,
  source: BlobSource,
  { chunkBytes = CHUNK_BYTES, maxResumes = 5, signal }: PushBlobOptions,
): Promise<Upload> {
  const sizeBytes = sizeOf(source);
  let upload = begun;
  let resumes = 0;
  while (upload.offsetBytes < sizeBytes) {
    signal?.throwIfAborted();
    const start = upload.offsetBytes;
    const end = Math.min(sizeBytes, start + Math.max(chunkBytes, upload.minChunkBytes));
    try {
      const sent = await uploads.patch(upload, partOf(source, start, end), {
        sizeBytes: end - start,
        isRanged: true,
      });
      // A registry that does not tell the range has taken the chunk whole: it answered 202.
      upload = { ...sent, offsetBytes: sent.offsetBytes > start ? sent.offsetBytes : end };
      resumes = 0;
    } catch (error) {
      const isBroken = isRegistryClientError(error) && (error.code === 'UNREACHABLE' || error.status === 416);
      resumes += 1;
      if (!isBroken || resumes > maxResumes) {
        throw error;
      }
      upload = await uploads.status({ ...upload, offsetBytes: 0 });
    }
  }
  if (upload.offsetBytes > sizeBytes) {
    throw new RegistryClientError(
      'PROTOCOL',
      `an upload to ${upload.repository} holds ${upload.offsetBytes} bytes of ${sizeBytes}`,
    );
  }
  return upload;
}

function sizeOf(source: BlobSource): number {
  return ArrayBuffer.isView(source) ? source.byteLength : source.sizeBytes;
}

function partOf(source: BlobSource, start: number, end: number): UploadBody {
  if (ArrayBuffer.isView(source)) {
    return source.subarray(start, end);
  }
  return () => source.open(start, end);
}
