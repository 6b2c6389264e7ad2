import { createHash } from 'node:crypto';
import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** A tag of the destination as a policy that mirrors deletions wrote it: what it may delete there. */
const WrittenTag = Type.Object({
  policyId: Type.String(),
  image: Type.String(),
  tag: Type.String(),
  digest: Type.String(),
});
export type WrittenTag = Static<typeof WrittenTag>;
export type WrittenTagDocument = WrittenTag & Stored;

export const writtenTags: CollectionDefinition<WrittenTag> = {
  name: 'writtenTags',
  schema: WrittenTag,
  indexes: { byPolicy: [{ field: 'policyId' }] },
};

export function writtenTagId({ policyId, image, tag }: Omit<WrittenTag, 'digest'>): string {
  return `${policyId}.${createHash('sha256').update(`${image}:${tag}`).digest('hex').slice(0, 32)}`;
}
