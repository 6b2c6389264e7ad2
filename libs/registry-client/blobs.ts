import type { Readable } from 'node:stream';
import type { Digest } from '@berth/oci';
import { mountBlob } from './mount-blob.ts';
import { type BlobSource, type PushBlobOptions, pushBlob } from './push-blob.ts';
import { checkReference, repositoryPath } from './repository-path.ts';
import { type Answer, dropBody, headerOf } from './response-body.ts';
import { repositoryScope } from './scope.ts';
import type { Transport } from './transport.ts';
import type { Upload, UploadClient } from './uploads.ts';
import { verifiedStream } from './verified-stream.ts';

export interface BlobAnswer {
  /** Must be read or destroyed. */
  readonly stream: Readable;
  /** Null where the registry does not tell it. */
  readonly sizeBytes: number | null;
  /** False when a range was asked for and the registry sent the whole. */
  readonly isPartial: boolean;
}

export interface BlobClient {
  /** Null when there is none. With `isPush` by the right to push, which suffices for it. */
  head(
    repository: string,
    digest: Digest,
    options?: { readonly isPush?: boolean },
  ): Promise<{ readonly sizeBytes: number } | null>;
  /**
   * The bytes; a whole blob is hashed on the way and its stream ends with RegistryClientError DIGEST_MISMATCH when it is
   * another. `range` is first and last byte, both included; without `end` up to the last.
   */
  get(
    repository: string,
    digest: Digest,
    options?: {
      readonly range?: { readonly start: number; readonly end?: number };
      readonly signal?: AbortSignal;
    },
  ): Promise<BlobAnswer>;
  /** False when it was mounted, as `options.mount` asks for, and no byte was sent. */
  push(repository: string, digest: Digest, source: BlobSource, options?: PushBlobOptions): Promise<boolean>;
  /** Null when the blob was mounted; an upload to go on with when the registry could not. */
  mount(repository: string, digest: Digest, from?: string): Promise<Upload | null>;
  delete(repository: string, digest: Digest): Promise<void>;
}

export function createBlobClient(transport: Transport, uploads: UploadClient): BlobClient {
  const pathOf = (repository: string, digest: Digest) =>
    repositoryPath(repository, `blobs/${checkReference(digest)}`);

  return {
    async head(repository, digest, { isPush = false } = {}) {
      const answer = await transport.call({
        method: 'HEAD',
        url: pathOf(repository, digest),
        scopes: [isPush ? repositoryScope(repository, 'pull', 'push') : repositoryScope(repository, 'pull')],
        expected: [200, 404],
        mayLeave: true,
      });
      await dropBody(answer);
      return answer.statusCode === 404 ? null : { sizeBytes: lengthOf(answer) ?? Number.NaN };
    },

    async get(repository, digest, { range, signal } = {}) {
      const answer = await transport.call({
        method: 'GET',
        url: pathOf(repository, digest),
        scopes: [repositoryScope(repository, 'pull')],
        headers: range === undefined ? {} : { range: `bytes=${range.start}-${range.end ?? ''}` },
        expected: [200, 206],
        mayLeave: true,
        signal,
      });
      const isPartial = answer.statusCode === 206;
      const asked = `GET ${transport.resolve(pathOf(repository, digest))}`;
      const stream = verifiedStream(answer.body, isPartial ? null : digest, asked);
      return { stream, sizeBytes: lengthOf(answer), isPartial };
    },

    push: (repository, digest, source, options) =>
      pushBlob({ transport, uploads }, { repository, digest, source }, options),

    mount: (repository, digest, from) =>
      mountBlob(transport, { repository, digest, ...(from !== undefined && { from }) }),

    async delete(repository, digest) {
      const answer = await transport.call({
        method: 'DELETE',
        url: pathOf(repository, digest),
        scopes: [repositoryScope(repository, 'delete')],
        expected: [200, 202],
      });
      await dropBody(answer);
    },
  };
}

function lengthOf(answer: Answer): number | null {
  const length = headerOf(answer, 'content-length');
  return length === undefined ? null : Number(length);
}
