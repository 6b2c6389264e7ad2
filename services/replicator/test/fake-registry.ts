import type { Digest } from '@berth/oci';
import { digestOf, MEDIA_TYPES } from '@berth/oci';
import type { RegistryClient } from '@berth/registry-client';

/** A registry of one repository in memory: manifests without blobs, and what its tags are. */
export interface FakeRegistry {
  readonly client: RegistryClient;
  readonly tags: Map<string, Digest>;
  /** Stores a manifest of its own for each text under a tag. */
  push(tag: string, text: string): Digest;
  /** Called after a tag is set or deleted by the client. */
  onSet?: (tag: string) => void;
  onDelete?: (tag: string) => void;
}

const mediaType = MEDIA_TYPES.ociIndex;

export function createFakeRegistry(origin: string): FakeRegistry {
  const manifests = new Map<string, Buffer>();
  const tags = new Map<string, Digest>();
  const digestAt = (reference: string): Digest | undefined =>
    manifests.has(reference) ? (reference as Digest) : tags.get(reference);

  function put(reference: string, bytes: Buffer): Digest {
    const digest = digestOf(bytes);
    manifests.set(digest, bytes);
    if (reference !== digest) tags.set(reference, digest);
    return digest;
  }

  const fake: FakeRegistry = {
    tags,
    push: (tag, text) =>
      put(
        tag,
        Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: [], annotations: { text } })),
      ),
    client: {
      origin,
      manifests: {
        async head(_repository: string, reference: string) {
          const digest = digestAt(reference);
          return digest === undefined ? null : { digest, mediaType, sizeBytes: 0 };
        },
        async get(_repository: string, reference: string) {
          const digest = digestAt(reference);
          const bytes = digest && manifests.get(digest);
          if (!digest || !bytes) throw new Error(`${origin} has no ${reference}`);
          return { digest, bytes, mediaType, sizeBytes: bytes.length };
        },
        async put(_repository: string, reference: string, { bytes }: { bytes: Uint8Array }) {
          const digest = put(reference, Buffer.from(bytes));
          if (reference !== digest) fake.onSet?.(reference);
          return { digest, subject: null, tags: [] };
        },
        async delete(_repository: string, reference: string) {
          tags.delete(reference);
          fake.onDelete?.(reference);
        },
      },
      lists: {
        async *referrers() {},
      },
    } as unknown as RegistryClient,
  };
  return fake;
}
