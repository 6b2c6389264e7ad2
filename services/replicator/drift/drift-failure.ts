import { ServiceError } from '@berth/contracts';
import type { RegistryClientError } from '@berth/registry-client';
import type { PolicyDocument } from '../documents/policy.ts';
import { reasonOf } from '../tasks/failure.ts';

const REFUSALS = [401, 403];

/** Why there is no report, with the right that is missing where the endpoint refused one. */
export function driftFailure(
  cause: RegistryClientError,
  { direction }: Pick<PolicyDocument, 'direction'>,
): ServiceError {
  const isRefused = cause.code === 'REFUSED' && cause.status !== null && REFUSALS.includes(cause.status);
  const missing = isRefused ? `: the user of the endpoint must be allowed to ${direction} there` : '';
  return new ServiceError('ENDPOINT_FAILED', `${reasonOf(cause)}${missing}`, { cause });
}
