import { type EndpointNameResource, type EndpointResource, ServiceError } from '@berth/contracts';
import type { EndpointDocument } from '../documents/endpoint.ts';
import type { Records } from '../records.ts';

/** ENDPOINT_NOT_FOUND */
export async function requireEndpoint({ endpoints }: Records, id: string): Promise<EndpointDocument> {
  const endpoint = await endpoints.get(id);
  if (endpoint === null)
    throw new ServiceError('ENDPOINT_NOT_FOUND', `endpoint "${id.slice(0, 300)}" does not exist`);
  return endpoint;
}

export interface NamedQuery {
  readonly limit: number;
  readonly after?: string;
  readonly q?: string;
  readonly name?: string;
}

/** Endpoints in the order of their names. */
export async function listEndpoints({ endpoints }: Records, { limit, after, q, name }: NamedQuery) {
  return await endpoints.page({
    index: 'byName',
    equals: name === undefined ? {} : { name },
    limit,
    ...(after !== undefined && { after }),
    ...(q !== undefined && { contains: { field: 'name', text: q } }),
  });
}

export function viewEndpoint(endpoint: EndpointDocument): EndpointResource {
  const { id, name, url, username, sealedSecret, realmHosts, skipTlsVerify, caCertificate } = endpoint;
  const { remoteRegistries, createdAt, updatedAt, createdBy } = endpoint;
  return {
    ...{ id, name, url, skipTlsVerify },
    ...(username !== undefined && { username }),
    ...(realmHosts !== undefined && { realmHosts }),
    ...(remoteRegistries !== undefined && { remoteRegistries }),
    ...(caCertificate !== undefined && { caCertificate }),
    hasSecret: sealedSecret !== undefined,
    ...{ createdAt, updatedAt, createdBy },
  };
}

/** Without how it is logged in to. */
export function nameEndpoint({ id, name, url }: EndpointDocument): EndpointNameResource {
  return { id, name, url };
}
