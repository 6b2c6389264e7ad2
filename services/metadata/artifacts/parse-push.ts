import { ServiceError } from '@berth/contracts';
import { digestOf, isDigest, OciError, type ParsedManifest, parseDigest, parseManifest } from '@berth/oci';
import type { RepositoryScope } from '../repository-scope.ts';
import { assertTagAllowed } from '../tags/tag-rules.ts';

export interface PushedManifest {
  readonly manifest: ParsedManifest;
  readonly digest: string;
  readonly tags: readonly string[];
}

/**
 * Reads what a push brings: the manifest against its media type, the digest against the reference, the tags against
 * the registry's rule. MANIFEST_INVALID, DIGEST_INVALID, TAG_INVALID.
 */
export function parsePush(
  scope: RepositoryScope,
  push: { reference: string; tags: readonly string[]; mediaType: string; bytes: Uint8Array },
): PushedManifest {
  const byDigest = push.reference.includes(':');
  const tags = [...new Set(byDigest ? push.tags : [push.reference, ...push.tags])];
  for (const tag of tags) assertTagAllowed(scope.registry, tag);
  const digest = byDigest ? verifiedDigest(push.reference, push.bytes) : digestOf(push.bytes);
  return { manifest: parse(push), digest, tags };
}

function verifiedDigest(reference: string, bytes: Uint8Array): string {
  if (!isDigest(reference)) {
    throw new ServiceError('DIGEST_INVALID', `"${reference.slice(0, 200)}" is neither a tag nor a digest`);
  }
  const actual = digestOf(bytes, parseDigest(reference).algorithm);
  if (actual === reference) return reference;
  throw new ServiceError('DIGEST_INVALID', `the manifest sent has digest ${actual}, not ${reference}`, {
    detail: { expected: reference, actual },
  });
}

function parse(push: { mediaType: string; bytes: Uint8Array }): ParsedManifest {
  try {
    return parseManifest(push.bytes, push.mediaType);
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    throw new ServiceError('MANIFEST_INVALID', error.message, { detail: error.detail, cause: error });
  }
}
