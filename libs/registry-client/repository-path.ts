import { isImageName } from '@berth/oci';
import { RegistryClientError } from './registry-client-error.ts';

const REFERENCE = /^(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+)$/;

/**
 * `/v2/<repository>/<rest>`. RegistryClientError NAME_INVALID for what the OCI grammar does not allow as a repository
 * (one segment is enough here, unlike at Berth).
 */
export function repositoryPath(repository: string, rest: string): string {
  if (!isImageName(repository)) {
    throw new RegistryClientError(
      'NAME_INVALID',
      `invalid repository name ${JSON.stringify(repository.slice(0, 300))}`,
    );
  }
  return `/v2/${repository}/${rest}`;
}

/** The tag or digest itself. RegistryClientError NAME_INVALID when it is neither. */
export function checkReference(reference: string): string {
  if (!REFERENCE.test(reference)) {
    throw new RegistryClientError(
      'NAME_INVALID',
      `${JSON.stringify(reference.slice(0, 300))} is no tag and no digest`,
    );
  }
  return reference;
}
