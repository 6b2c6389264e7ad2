import type { Stored } from '@berth/document-store';

/** A body as it was stored: under the id and in the version that the write gave it. */
export function withVersion<Body extends object>(body: Body, { id, version }: Stored): Body & Stored {
  return { ...body, id, version };
}
