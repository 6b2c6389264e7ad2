import { Agent } from 'undici';
import { createRegistryClient, type RegistryClient, type RegistryClientOptions } from '../registry-client.ts';

/** A client of a registry whose certificate is of an authority of its own, in PEM; its `close` ends its connections. */
export function createTrustingClient(
  options: Omit<RegistryClientOptions, 'dispatcher'>,
  authority: string | undefined,
): RegistryClient {
  if (authority === undefined) return createRegistryClient(options);
  const dispatcher = new Agent({ connect: { ca: authority } });
  const client = createRegistryClient({ ...options, dispatcher });
  return {
    ...client,
    async close() {
      await client.close();
      await dispatcher.close();
    },
  };
}
