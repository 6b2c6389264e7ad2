import { type Digest, parseDigest } from './digest.ts';
import { isTag } from './tag.ts';

/** What stands behind `/manifests/` in a path. */
export type Reference =
  | { readonly kind: 'digest'; readonly digest: Digest }
  | { readonly kind: 'tag'; readonly tag: string; readonly isValid: boolean };

/**
 * A text with a colon is a digest (OciError DIGEST_INVALID when it is a wrong one), any other a tag. What a tag that
 * breaks the grammar means is the caller's to say: not found when it is read, invalid when it is written.
 */
export function parseReference(text: string): Reference {
  return text.includes(':')
    ? { kind: 'digest', digest: parseDigest(text).digest }
    : { kind: 'tag', tag: text, isValid: isTag(text) };
}
