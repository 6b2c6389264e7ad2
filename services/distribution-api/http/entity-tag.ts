/** The entity tag of content that is named by its digest: strong, and the same for ever. */
export function entityTag(digest: string): string {
  return `"${digest}"`;
}

/** Whether `If-None-Match` names the digest, so that 304 is the answer (RFC 9110 section 13.1.2, weak comparison). */
export function isKnown(header: string | undefined, digest: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === entityTag(digest));
}
