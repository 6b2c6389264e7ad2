/**
 * Tags by which signatures and the like are attached where referrers are not supported: `sha256-<hex>`, also with
 * `.sig`, `.att` or `.sbom`, belong to the artifact of that digest.
 */
const ATTACHING_TAG = /^sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/;
const SUFFIXES = ['', '.sig', '.att', '.sbom'] as const;

/** Where all tags of that kind stand in the byte order of names. */
export const ATTACHING_TAGS = { gte: 'sha256-', lt: 'sha256.' } as const;

export function isAttachingTag(tag: string): boolean {
  return ATTACHING_TAG.test(tag);
}

/** The digest of the artifact that a tag attaches to; undefined for a tag of another kind. */
export function ownerOfTag(tag: string): string | undefined {
  const hex = ATTACHING_TAG.exec(tag)?.[1];
  return hex === undefined ? undefined : `sha256:${hex}`;
}

/** The tags that attach to the artifact of a digest; none for algorithms that have no such tags. */
export function attachingTagsOf(digest: string): string[] {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  return hex === undefined ? [] : SUFFIXES.map((suffix) => `sha256-${hex}${suffix}`);
}
