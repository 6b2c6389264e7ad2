import { Buffer } from 'node:buffer';

/** So many bytes of JSON of an artifact's annotations are kept for the lists of referrers that show them. */
export const KEPT_ANNOTATION_BYTES = 16 * 1024;

/**
 * The annotations of a manifest that lists show, in their order: each whole, those left out that do not fit any more. The
 * manifest itself has them all.
 */
export function keptAnnotations(annotations: Readonly<Record<string, string>>): Record<string, string> {
  const kept: [string, string][] = [];
  let bytes = 0;
  for (const entry of Object.entries(annotations)) {
    const size = Buffer.byteLength(JSON.stringify(entry));
    if (bytes + size > KEPT_ANNOTATION_BYTES) continue;
    bytes += size;
    kept.push(entry);
  }
  return Object.fromEntries(kept);
}
