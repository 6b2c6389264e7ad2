import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface TargetServer {
  readonly port: number;
  readonly seen: readonly Seen[];
  /** Connections that were accepted so far. */
  readonly connections: () => number;
  close(): Promise<void>;
}

export interface TargetOptions {
  readonly address?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A real HTTP server that answers as the test says. */
export async function startTarget(
  answer: (seen: Seen, response: ServerResponse) => void,
  { address = '127.0.0.1', tls }: TargetOptions = {},
): Promise<TargetServer> {
  const seen: Seen[] = [];
  let connections = 0;
  const listener: RequestListener = async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const { method = '', url: path = '', headers } = request;
    seen.push({ method, path, headers, body });
    answer({ method, path, headers, body }, response);
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on('connection', () => (connections += 1));
  server.listen(0, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    connections: () => connections,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A port that nobody listens on. */
export async function closedPort(): Promise<number> {
  const target = await startTarget(() => {});
  await target.close();
  return target.port;
}
