import { createHash } from 'node:crypto';
import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** A tag that a policy could not copy, until it is copied or gone: as long it is behind there. */
const FailedTag = Type.Object({
  policyId: Type.String(),
  image: Type.String(),
  tag: Type.String(),
  /** Since when it waits to be copied. */
  since: Type.String(),
});
export type FailedTag = Static<typeof FailedTag>;
export type FailedTagDocument = FailedTag & Stored;

export const failedTags: CollectionDefinition<FailedTag> = {
  name: 'failedTags',
  schema: FailedTag,
  indexes: { byPolicy: [{ field: 'policyId' }, { field: 'since' }] },
};

export function failedTagId({ policyId, image, tag }: Omit<FailedTag, 'since'>): string {
  return `${policyId}.${createHash('sha256').update(`${image}:${tag}`).digest('hex').slice(0, 32)}`;
}
