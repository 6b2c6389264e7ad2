import { ServiceError } from '@berth/contracts';
import { compileFilter } from '@berth/globs';
import type { Policy } from '../documents/policy.ts';
import { requireEndpoint } from '../endpoints/find-endpoint.ts';
import type { Records } from '../records.ts';

export type RemotePlace = Pick<Policy, 'registry' | 'remoteRegistry' | 'endpoint'>;

/**
 * A policy acts with the credentials of the endpoint, which may reach what is other teams': its maintainer may name only what an
 * administrator lists for the endpoint, or else what is called as the own registry. DENIED, ENDPOINT_NOT_FOUND.
 */
export async function checkRemote(
  records: Records,
  { registry, remoteRegistry = registry, endpoint: id }: RemotePlace,
): Promise<void> {
  const { name, remoteRegistries: match = [registry] } = await requireEndpoint(records, id);
  if (compileFilter({ match })(remoteRegistry)) return;
  throw new ServiceError(
    'DENIED',
    `endpoint "${name}" lets policies of registry "${registry}" name ${match.join(', ')} there, not "${remoteRegistry}"; an administrator can add it to its remoteRegistries`,
  );
}
