import type { WriteOptions } from '@berth/document-store';
import { accessEvent, type Origin } from '../events.ts';
import type { Facts } from '../facts.ts';
import type { DescribedGrant } from './describe-grants.ts';

/** The event of a grant that is given or taken; its object's name tells whose it is and which role. */
export function grantEvent(
  facts: Facts,
  type: 'access.created' | 'access.deleted',
  { described, origin }: { readonly described: DescribedGrant; readonly origin: Origin },
): WriteOptions {
  const { grant, subject, registry } = described;
  return accessEvent(facts, {
    type,
    object: { kind: 'grant', id: grant.id, name: `${subject} ${grant.role}` },
    ...(grant.registryId !== '*' && { registry: { id: grant.registryId, name: registry } }),
    origin,
  });
}
