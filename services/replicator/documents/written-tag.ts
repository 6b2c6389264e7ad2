import { createHash } from 'node:crypto';
import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** A tag of a destination as a policy that mirrors deletions wrote it: what it may delete, there and nowhere else. */
const WrittenTag = Type.Object({
  policyId: Type.String(),
  image: Type.String(),
  tag: Type.String(),
  /** The id of the endpoint, and the repository there. */
  endpoint: Type.String(),
  repository: Type.String(),
  digest: Type.String(),
});
export type WrittenTag = Static<typeof WrittenTag>;
export type WrittenTagDocument = WrittenTag & Stored;

export const writtenTags: CollectionDefinition<WrittenTag> = {
  name: 'writtenTags',
  schema: WrittenTag,
  indexes: { byPolicy: [{ field: 'policyId' }] },
};

/** Where a policy writes a tag. */
export type TagPlace = Omit<WrittenTag, 'digest'>;

export function writtenTagId({ policyId, image, tag, endpoint, repository }: TagPlace): string {
  const place = `${endpoint} ${repository} ${image}:${tag}`;
  return `${policyId}.${createHash('sha256').update(place).digest('hex').slice(0, 32)}`;
}
