import { type Actor, ServiceError } from '@berth/contracts';

/**
 * Holds that a user acts, by password or session: what would outlive an access key is not made with one, since it may have
 * got into wrong hands. `what` is said in words that fit before "by users". ServiceError DENIED.
 */
export function requireUserActor({ kind, name }: Pick<Actor, 'kind' | 'name'>, what: string): void {
  if (kind === 'user') return;
  throw new ServiceError('DENIED', `${what} by users; "${name}" came with a ${kind}`);
}
