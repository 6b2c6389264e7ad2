import type { SecretBox } from '@berth/access';
import { parseScopes } from '@berth/access';
import type { RpcCaller } from '@berth/bus';
import { issueServiceToken } from '@berth/contracts';
import type { Outbound } from '@berth/outbound';
import {
  createRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
} from '@berth/registry-client';
import type { EndpointDocument } from '../documents/endpoint.ts';
import { openSecret } from '../endpoints/endpoint-secret.ts';
import type { Registries, Trials } from '../ports.ts';

const MAX_CLIENTS = 100;
/** Tells another Berth that a push is a copy. */
const LABEL = { 'berth-replication': '1' };

/** Clients of the registries: the own one by tokens that auth-token issues, those elsewhere through the outbound guard. */
export function createRegistries(parts: {
  readonly caller: RpcCaller;
  readonly outbound: Outbound;
  readonly box: SecretBox;
  readonly distributionUrl: string;
  readonly userAgent: string;
}): Registries & Trials & { close(): Promise<void> } {
  const { caller, outbound, box, userAgent } = parts;
  const clients = new Map<string, RegistryClient>();
  const local = createRegistryClient({
    url: parts.distributionUrl,
    userAgent,
    maxConnections: 32,
    issueToken: (scopes) =>
      caller.call(issueServiceToken, { forService: 'replicator', scopes: parseScopes(scopes) }),
  });

  function clientOf(
    endpoint: EndpointDocument,
    bounds: Pick<RegistryClientOptions, 'retry' | 'signal'> = {},
  ): RegistryClient {
    const { url, username, realmHosts = [], skipTlsVerify, caCertificate } = endpoint;
    const password = openSecret(box, endpoint);
    const trust = { skipVerify: skipTlsVerify, ...(caCertificate !== undefined && { caCertificate }) };
    return createRegistryClient({
      ...{ url, userAgent, realmHosts, headers: LABEL, dispatcher: outbound.dispatcher(trust) },
      ...(username !== undefined && password !== undefined && { credentials: { username, password } }),
      ...bounds,
    });
  }

  return {
    local,
    remote(endpoint) {
      const key = `${endpoint.id} ${endpoint.version}`;
      const known = clients.get(key);
      if (known !== undefined) return known;
      const [oldest] = clients.keys();
      if (clients.size >= MAX_CLIENTS && oldest !== undefined) clients.delete(oldest);
      const client = clientOf(endpoint);
      clients.set(key, client);
      return client;
    },
    trial: (endpoint, signal) => clientOf(endpoint, { retry: { attempts: 1 }, signal }),
    close: () => local.close(),
  };
}
