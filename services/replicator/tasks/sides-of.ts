import type { RegistryClient } from '@berth/registry-client';
import type { PolicyDocument } from '../documents/policy.ts';
import { requireEndpoint } from '../endpoints/find-endpoint.ts';
import { requirePolicy } from '../policies/find-policy.ts';
import type { Registries } from '../ports.ts';
import type { Records } from '../records.ts';

/** Both ends of a policy as it is now. */
export interface Sides {
  readonly policy: PolicyDocument;
  readonly source: RegistryClient;
  readonly destination: RegistryClient;
  /** The repositories of an image. */
  sourceOf(image: string): string;
  destinationOf(image: string): string;
}

/** POLICY_NOT_FOUND, ENDPOINT_NOT_FOUND. */
export async function sidesOf(
  { records, registries }: { readonly records: Records; readonly registries: Registries },
  policyId: string,
): Promise<Sides> {
  const policy = await requirePolicy(records, policyId);
  const remote = registries.remote(await requireEndpoint(records, policy.endpoint));
  const here = (image: string) => `${policy.registry}/${image}`;
  const there = (image: string) => remoteName(policy, image);
  return policy.direction === 'push'
    ? { policy, source: registries.local, destination: remote, sourceOf: here, destinationOf: there }
    : { policy, source: remote, destination: registries.local, sourceOf: there, destinationOf: here };
}

/** The repository of an image at the endpoint. */
export function remoteName(
  { remoteRegistry, registry }: Pick<PolicyDocument, 'remoteRegistry' | 'registry'>,
  image: string,
): string {
  return `${remoteRegistry ?? registry}/${image}`;
}
