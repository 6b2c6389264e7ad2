import type { PingResource } from '@berth/contracts';
import type { EndpointDocument } from '../documents/endpoint.ts';
import type { Replicator } from '../ports.ts';
import { reasonOf } from '../tasks/failure.ts';

/** Whether a registry answers there and takes the credentials. */
export async function pingEndpoint(
  { registries }: Pick<Replicator, 'registries'>,
  endpoint: EndpointDocument,
): Promise<PingResource> {
  try {
    await registries.remote(endpoint).ping();
    return { ok: true, message: `${endpoint.url} answers as a registry` };
  } catch (error) {
    return { ok: false, message: reasonOf(error) };
  }
}
