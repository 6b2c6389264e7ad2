import type { Readable } from 'node:stream';
import { algorithmOf, type Digest } from '@berth/oci';
import { RegistryClientError } from './registry-client-error.ts';
import { repositoryPath } from './repository-path.ts';
import { type Answer, dropBody, headerOf } from './response-body.ts';
import { repositoryScope } from './scope.ts';
import type { Transport } from './transport.ts';

export type UploadBody = Uint8Array | (() => Readable | Promise<Readable>);

/** An upload under way: each answer names where the next request goes. */
export interface Upload {
  readonly repository: string;
  readonly location: string;
  /** Bytes that the registry has. */
  readonly offsetBytes: number;
  /** From `OCI-Chunk-Min-Length`: smaller chunks, but for the last, are not wanted. */
  readonly minChunkBytes: number;
}

/** The steps of an upload (OCI distribution specification 1.1, "Pushing blobs"). */
export interface UploadClient {
  /** Begins; `digest` says which algorithm the upload will be finished with where it is not sha256. */
  start(repository: string, options?: { readonly digest?: Digest }): Promise<Upload>;
  /**
   * Sends bytes: with a `range` (Content-Range, bytes `offsetBytes` and on) as one chunk of several, else as one stream.
   * Without `sizeBytes` in chunked transfer coding. RegistryClientError REFUSED (416 when the bytes do not follow on).
   */
  patch(
    upload: Upload,
    body: UploadBody,
    options?: { readonly sizeBytes?: number; readonly isRanged?: boolean },
  ): Promise<Upload>;
  /** Where an upload stands, to go on after a broken connection. */
  status(upload: Upload): Promise<Upload>;
  /** Ends it, with the last bytes where there are any left. */
  finish(
    upload: Upload,
    digest: Digest,
    last?: { readonly body: UploadBody; readonly sizeBytes?: number; readonly isRanged?: boolean },
  ): Promise<{ readonly location: string }>;
  cancel(upload: Upload): Promise<void>;
}

export function createUploadClient(transport: Transport): UploadClient {
  const scopesOf = (repository: string) => [repositoryScope(repository, 'pull', 'push')];

  return {
    async start(repository, { digest } = {}) {
      const algorithm = digest === undefined ? 'sha256' : algorithmOf(digest);
      const answer = await transport.call({
        method: 'POST',
        url: repositoryPath(
          repository,
          `blobs/uploads/${algorithm === 'sha256' ? '' : `?digest-algorithm=${algorithm}`}`,
        ),
        scopes: scopesOf(repository),
        headers: { 'content-length': '0' },
        expected: [202],
      });
      await dropBody(answer);
      return uploadOf(answer, { repository, location: '', offsetBytes: 0, minChunkBytes: 0 });
    },

    async patch(upload, body, options = {}) {
      const answer = await transport.call({
        method: 'PATCH',
        url: upload.location,
        scopes: scopesOf(upload.repository),
        headers: bodyHeaders(upload, body, options),
        body,
        expected: [202, 204],
      });
      await dropBody(answer);
      return uploadOf(answer, upload);
    },

    async status(upload) {
      const answer = await transport.call({
        method: 'GET',
        url: upload.location,
        scopes: scopesOf(upload.repository),
        expected: [204],
      });
      await dropBody(answer);
      return uploadOf(answer, upload);
    },

    async finish(upload, digest, last) {
      const answer = await transport.call({
        method: 'PUT',
        url: withDigest(transport.resolve(upload.location), digest),
        scopes: scopesOf(upload.repository),
        headers: last === undefined ? { 'content-length': '0' } : bodyHeaders(upload, last.body, last),
        ...(last === undefined ? {} : { body: last.body }),
        expected: [201],
      });
      await dropBody(answer);
      return { location: headerOf(answer, 'location') ?? '' };
    },

    async cancel(upload) {
      const answer = await transport.call({
        method: 'DELETE',
        url: upload.location,
        scopes: scopesOf(upload.repository),
        expected: [200, 202, 204],
      });
      await dropBody(answer);
    },
  };
}

/** Reads where an upload stands; `before` is what was known. RegistryClientError PROTOCOL without a `Location`. */
export function uploadOf(answer: Answer, before: Upload): Upload {
  const location = headerOf(answer, 'location') ?? before.location;
  if (location === '') {
    throw new RegistryClientError('PROTOCOL', `an upload to ${before.repository} began without a Location`);
  }
  const range = /^(?:bytes=)?0-(\d+)$/.exec(headerOf(answer, 'range') ?? '');
  const lastByte = range === null ? null : Number(range[1]);
  // `0-0` is what registries say of an empty upload as well as of one byte.
  const offsetBytes = lastByte === null || lastByte === 0 ? before.offsetBytes : lastByte + 1;
  return {
    repository: before.repository,
    location,
    offsetBytes,
    minChunkBytes: Number(headerOf(answer, 'oci-chunk-min-length') ?? before.minChunkBytes),
  };
}

/** The query of an upload's Location belongs to the registry: it is kept as it is. */
export function withDigest(location: URL, digest: Digest): URL {
  const url = new URL(location);
  url.search += `${url.search === '' ? '?' : '&'}digest=${encodeURIComponent(digest)}`;
  return url;
}

function bodyHeaders(
  upload: Upload,
  body: UploadBody,
  options: { readonly sizeBytes?: number; readonly isRanged?: boolean },
): Record<string, string> {
  const sizeBytes = typeof body === 'function' ? options.sizeBytes : body.byteLength;
  const isRanged = options.isRanged === true && sizeBytes !== undefined && sizeBytes > 0;
  return {
    'content-type': 'application/octet-stream',
    ...(sizeBytes === undefined ? {} : { 'content-length': String(sizeBytes) }),
    ...(isRanged ? { 'content-range': `${upload.offsetBytes}-${upload.offsetBytes + sizeBytes - 1}` } : {}),
  };
}
