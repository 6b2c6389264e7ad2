import { createRegistryClient, type RegistryClient, type RegistryClientOptions } from '../index.ts';
import { type LocalServer, startLocalServer } from './local-server.ts';

export interface ServedClient {
  readonly server: LocalServer;
  readonly client: RegistryClient;
  /** The pauses that the client would have made. */
  readonly pauses: readonly number[];
}

const opened: { close(): Promise<void> }[] = [];

/** A client, and the server that it asks; it does not wait between tries. */
export async function serveClient(
  answer: Parameters<typeof startLocalServer>[0],
  options: Partial<RegistryClientOptions> = {},
): Promise<ServedClient> {
  const server = await startLocalServer(answer);
  const pauses: number[] = [];
  const client = createRegistryClient({
    url: server.origin,
    random: () => 1,
    async wait(milliseconds) {
      pauses.push(milliseconds);
    },
    ...options,
  });
  opened.push(client, server);
  return { server, client, pauses };
}

/** Closes what serveClient opened; for `afterEach`. */
export async function closeServed(): Promise<void> {
  await Promise.all(opened.splice(0).map((each) => each.close()));
}
