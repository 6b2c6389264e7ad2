import { Agent } from 'undici';
import { createRegistryClient, type RegistryClient, type RegistryClientOptions } from '../registry-client.ts';

/** A client that trusts the authority of this certificate (PEM), and no other; without one as usual. */
export function createTrustingClient(
  options: Omit<RegistryClientOptions, 'dispatcher'>,
  authority: string | undefined,
): RegistryClient {
  if (authority === undefined) return createRegistryClient(options);
  const agent = new Agent({ connect: { ca: authority } });
  return { ...createRegistryClient({ ...options, dispatcher: agent }), close: () => agent.close() };
}
