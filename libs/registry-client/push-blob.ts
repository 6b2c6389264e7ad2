import type { Readable } from 'node:stream';
import type { Digest } from '@berth/oci';
import { mountBlob } from './mount-blob.ts';
import { isRegistryClientError } from './registry-client-error.ts';
import { repositoryPath } from './repository-path.ts';
import { dropBody } from './response-body.ts';
import { repositoryScope } from './scope.ts';
import { sendChunks, statusOf } from './send-chunks.ts';
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
  /**
   * Asks for the blob to be mounted from this repository (`true`: from any) in the request that begins the upload. Not with `post`.
   */
  readonly mount?: boolean | string;
  /** `chunked`: where an upload that was begun before goes on, if the registry still knows it. */
  readonly begun?: string;
  /** `chunked`: told where the upload goes on, for `begun`. */
  readonly onUpload?: (location: string) => void;
}

const CHUNK_BYTES = 16 * 1024 * 1024;

interface Ways {
  readonly transport: Transport;
  readonly uploads: UploadClient;
}

interface Blob {
  readonly repository: string;
  readonly digest: Digest;
  readonly source: BlobSource;
}

/** Pushes a blob of a known digest; false when it was mounted instead and no byte was sent. RegistryClientError. */
export async function pushBlob(ways: Ways, blob: Blob, options: PushBlobOptions = {}): Promise<boolean> {
  const { transport, uploads } = ways;
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
      return true;
    }
    case 'postPut': {
      const upload = await begin(ways, blob, options);
      if (upload === null) return false;
      await uploads.finish(upload, digest, whole);
      return true;
    }
    case 'patch': {
      const upload = await begin(ways, blob, options);
      if (upload === null) return false;
      await uploads.finish(await uploads.patch(upload, whole.body, { sizeBytes }), digest);
      return true;
    }
    case 'chunked':
      return await pushInChunks(ways, blob, options);
  }
}

/** A new upload; null when the blob was mounted instead. */
async function begin(
  { transport, uploads }: Ways,
  blob: Blob,
  options: PushBlobOptions,
): Promise<Upload | null> {
  const { repository, digest } = blob;
  const { mount = false } = options;
  if (mount === false) return await uploads.start(repository, { digest });
  try {
    return await mountBlob(transport, { repository, digest, ...(mount !== true && { from: mount }) });
  } catch (error) {
    // Some refuse to mount in ways of their own, and take an upload.
    const isRefused = isRegistryClientError(error) && error.status !== null && error.status < 500;
    if (!isRefused || error.status === 429) throw error;
    return await uploads.start(repository, { digest });
  }
}

/** Goes on with what was begun before where it can. False when the blob was mounted instead. */
async function pushInChunks(ways: Ways, blob: Blob, options: PushBlobOptions): Promise<boolean> {
  const { uploads } = ways;
  const { repository, digest, source } = blob;
  const { begun, chunkBytes = CHUNK_BYTES, maxResumes = 5, signal, onUpload } = options;
  const sizeBytes = sizeOf(source);
  const restart = () => begin(ways, blob, options);
  const before = { repository, offsetBytes: 0, minChunkBytes: 0 };
  const known = begun === undefined ? null : await statusOf(uploads, { ...before, location: begun });
  const upload = known !== null && known.offsetBytes <= sizeBytes ? known : await restart();
  if (upload === null) return false;
  const sent = await sendChunks(
    uploads,
    upload,
    { sizeBytes, part: (start, end) => partOf(source, start, end) },
    { ...{ chunkBytes, maxResumes, signal, restart }, onUpload: ({ location }) => onUpload?.(location) },
  );
  if (sent === null) return false;
  await uploads.finish(sent, digest);
  return true;
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
