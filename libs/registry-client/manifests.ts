import { algorithmOf, type Digest, digestOf, isDigest } from '@berth/oci';
import { RegistryClientError } from './registry-client-error.ts';
import { checkReference, repositoryPath } from './repository-path.ts';
import { type Answer, dropBody, headerOf, readBody } from './response-body.ts';
import { repositoryScope } from './scope.ts';
import type { Transport } from './transport.ts';

/** OCI and Docker manifests and indexes, of any artifact. */
const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  '*/*;q=0.1',
].join(', ');
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

export interface ManifestFacts {
  /** From `Docker-Content-Digest`; null where a registry does not tell it. */
  readonly digest: Digest | null;
  readonly mediaType: string;
  readonly sizeBytes: number;
}

export interface Manifest extends ManifestFacts {
  readonly digest: Digest;
  readonly bytes: Buffer;
}

export interface ManifestClient {
  /** Null when there is none. With `isPush` by the right to push, which suffices for it. */
  head(
    repository: string,
    reference: string,
    options?: { readonly isPush?: boolean },
  ): Promise<ManifestFacts | null>;
  /**
   * As stored. RegistryClientError REFUSED (404), DIGEST_MISMATCH when the bytes have not the digest that was asked for or
   * that the registry names.
   */
  get(repository: string, reference: string): Promise<Manifest>;
  /** Stores bytes under a tag or their digest, and under `tags` in the same request where the registry offers it. */
  put(
    repository: string,
    reference: string,
    manifest: { readonly bytes: Uint8Array; readonly mediaType: string; readonly tags?: readonly string[] },
  ): Promise<{ readonly digest: Digest; readonly subject: string | null; readonly tags: readonly string[] }>;
  /** A tag, or an artifact by its digest. RegistryClientError REFUSED (404, 405). */
  delete(repository: string, reference: string): Promise<void>;
}

export function createManifestClient(transport: Transport): ManifestClient {
  const pathOf = (repository: string, reference: string) =>
    repositoryPath(repository, `manifests/${checkReference(reference)}`);

  return {
    async head(repository, reference, { isPush = false } = {}) {
      const answer = await transport.call({
        method: 'HEAD',
        url: pathOf(repository, reference),
        scopes: [isPush ? repositoryScope(repository, 'pull', 'push') : repositoryScope(repository, 'pull')],
        headers: { accept: ACCEPT },
        expected: [200, 404],
      });
      await dropBody(answer);
      return answer.statusCode === 404 ? null : factsOf(answer);
    },

    async get(repository, reference) {
      const answer = await transport.call({
        method: 'GET',
        url: pathOf(repository, reference),
        scopes: [repositoryScope(repository, 'pull')],
        headers: { accept: ACCEPT },
        expected: [200],
      });
      const facts = factsOf(answer);
      const asked = `GET ${transport.resolve(pathOf(repository, reference))}`;
      const bytes = await readBody(answer, { maxBytes: MAX_MANIFEST_BYTES, asked });
      const wanted = isDigest(reference) ? reference : facts.digest;
      const digest = digestOf(bytes, wanted === null ? 'sha256' : algorithmOf(wanted));
      if (wanted !== null && digest !== wanted) {
        throw new RegistryClientError(
          'DIGEST_MISMATCH',
          `${asked} came with the digest ${digest}, not ${wanted}`,
        );
      }
      return { ...facts, digest, bytes, sizeBytes: bytes.length };
    },

    async put(repository, reference, { bytes, mediaType, tags = [] }) {
      const query = tags.map((tag) => `tag=${encodeURIComponent(tag)}`).join('&');
      const answer = await transport.call({
        method: 'PUT',
        url: pathOf(repository, reference) + (query && `?${query}`),
        scopes: [repositoryScope(repository, 'pull', 'push')],
        headers: { 'content-type': mediaType },
        body: bytes,
        expected: [201],
      });
      await dropBody(answer);
      const { digest } = factsOf(answer);
      const created = answer.headers['oci-tag'];
      return {
        digest: digest ?? (isDigest(reference) ? reference : digestOf(bytes)),
        subject: headerOf(answer, 'oci-subject') ?? null,
        tags: typeof created === 'string' ? created.split(/\s*,\s*/) : (created ?? []),
      };
    },

    async delete(repository, reference) {
      const answer = await transport.call({
        method: 'DELETE',
        url: pathOf(repository, reference),
        scopes: [repositoryScope(repository, 'delete')],
        expected: [200, 202],
      });
      await dropBody(answer);
    },
  };
}

function factsOf(answer: Answer): ManifestFacts {
  const digest = headerOf(answer, 'docker-content-digest');
  return {
    digest: digest !== undefined && isDigest(digest) ? digest : null,
    mediaType: headerOf(answer, 'content-type')?.split(';')[0]?.trim() ?? '',
    sizeBytes: Number(headerOf(answer, 'content-length') ?? Number.NaN),
  };
}
