import { ServiceError } from '@berth/contracts';
import type { RepositoryScope } from '../repository-scope.ts';

export function manifestUnknown(scope: RepositoryScope, reference: string): ServiceError {
  return new ServiceError(
    'MANIFEST_UNKNOWN',
    `manifest "${reference}" is not in ${scope.registry.name}/${scope.image}`,
    { detail: { reference } },
  );
}
