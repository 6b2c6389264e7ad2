import { type EndpointCreation, ServiceError } from '@berth/contracts';
import { isStoreError } from '@berth/document-store';
import { changedFields } from '@berth/http';
import type { Endpoint, EndpointDocument } from '../documents/endpoint.ts';
import { endpointEvent, type Origin } from '../events.ts';
import type { Replicator } from '../ports.ts';
import { type Records, timestamp } from '../records.ts';
import { checkEndpoint, checkTarget } from './check-endpoint.ts';
import { sealSecret } from './endpoint-secret.ts';

type Parts = Pick<Replicator, 'records' | 'box' | 'outbound'>;

/** NAME_TAKEN with detail {existingId}, TARGET_REFUSED, REQUEST_INVALID. */
export async function createEndpoint(
  { records, box, outbound }: Parts,
  { secret, ...settings }: EndpointCreation,
  origin: Origin,
): Promise<EndpointDocument> {
  checkEndpoint(settings, secret !== undefined);
  await checkTarget(outbound, settings.url);
  const id = records.newId();
  const now = timestamp(records);
  const body: Endpoint = {
    skipTlsVerify: false,
    ...settings,
    url: new URL(settings.url).origin,
    ...(secret !== undefined && { sealedSecret: sealSecret(box, id, secret) }),
    ...{ createdAt: now, updatedAt: now, createdBy: origin.actor },
  };
  const event = endpointEvent(records, { type: 'replication.created', setting: { ...body, id }, origin });
  return await named(body.name, () => records.endpoints.insert(id, body, event));
}

export interface EndpointUpdate {
  readonly settings: Omit<EndpointCreation, 'secret' | 'skipTlsVerify'> & { readonly skipTlsVerify: boolean };
  /** The secret as it was, another one, or none. */
  readonly secret: { readonly kept: true } | { readonly text: string | undefined };
  readonly origin: Origin;
}

/**
 * Changes an endpoint by the version that was read. A secret goes only to where it was given for: another URL, another token
 * server or an unverified one asks for it again. NAME_TAKEN, TARGET_REFUSED, REQUEST_INVALID.
 */
export async function updateEndpoint(
  { records, box, outbound }: Parts,
  endpoint: EndpointDocument,
  { settings, secret, origin }: EndpointUpdate,
): Promise<EndpointDocument> {
  const isKept = 'kept' in secret && endpoint.sealedSecret !== undefined;
  const given = 'text' in secret ? secret.text : undefined;
  checkEndpoint(settings, isKept || given !== undefined);
  const url = new URL(settings.url).origin;
  const newHosts = (settings.realmHosts ?? []).filter((host) => !endpoint.realmHosts?.includes(host));
  const isLaxer = settings.skipTlsVerify && !endpoint.skipTlsVerify;
  if (isKept && (url !== endpoint.url || newHosts.length > 0 || isLaxer))
    throw new ServiceError(
      'REQUEST_INVALID',
      'where the secret goes changes: give secret again, or null to remove it',
      { detail: { violations: [{ path: '/secret', message: 'must be given again' }] } },
    );
  await checkTarget(outbound, url);
  const { id, version, sealedSecret, createdAt, createdBy } = endpoint;
  const next: EndpointDocument = {
    ...{ id, version, createdAt, createdBy },
    ...settings,
    url,
    ...(isKept && sealedSecret !== undefined && { sealedSecret }),
    ...(given !== undefined && { sealedSecret: sealSecret(box, id, given) }),
    updatedAt: timestamp(records),
  };
  const changes = changedFields(toldOf(endpoint), toldOf(next));
  const event = endpointEvent(records, { type: 'replication.updated', setting: next, changes, origin });
  return await named(next.name, () => records.endpoints.replace(next, event));
}

/** Removes one by the version that was read, unless a policy names it. ENDPOINT_IN_USE. */
export async function deleteEndpoint(
  records: Records,
  endpoint: EndpointDocument,
  origin: Origin,
): Promise<void> {
  const { items } = await records.policies.page({
    index: 'byEndpoint',
    equals: { endpoint: endpoint.id },
    limit: 1,
  });
  const [policy] = items;
  if (policy !== undefined)
    throw new ServiceError(
      'ENDPOINT_IN_USE',
      `policy "${policy.name}" of registry "${policy.registry}" names endpoint "${endpoint.name}"`,
    );
  const event = endpointEvent(records, { type: 'replication.deleted', setting: endpoint, origin });
  await records.endpoints.remove(endpoint, event);
}

/** What changes of an endpoint are told of, under the names of the API. */
function toldOf({ sealedSecret, version: _, updatedAt: __, ...settings }: EndpointDocument): object {
  return { ...settings, secret: sealedSecret };
}

async function named<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isStoreError(error, 'UNIQUE_TAKEN')) throw error;
    const detail = { existingId: error.detail.id };
    throw new ServiceError('NAME_TAKEN', `an endpoint "${name}" exists already`, { detail, cause: error });
  }
}
