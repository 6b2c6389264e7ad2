import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Of a body in JSON. */
  readonly json: { readonly id: string; readonly data: Record<string, unknown> };
}

export type Answer = (received: Received, response: ServerResponse) => unknown;

/** A real HTTP server on loopback that takes webhooks and answers as the test says. */
export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** The event of each request. */
  readonly ids: readonly unknown[];
  /** Requests that were taken and not answered yet. */
  readonly open: number;
  /** The most there were of them at one time. */
  readonly mostOpen: number;
  answer: Answer;
  close(): Promise<void>;
}

export const OK: Answer = (_received, response) => response.writeHead(200).end('thanks');

/** Answers with that status. */
export const withStatus =
  (status: number): Answer =>
  (_received, response) =>
    response.writeHead(status).end(`status ${status}`);

export async function startReceiver(answer: Answer = OK): Promise<Receiver> {
  let open = 0;
  let mostOpen = 0;
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    open += 1;
    mostOpen = Math.max(mostOpen, open);
    response.once('close', () => (open -= 1));
    let body = '';
    for await (const piece of request) body += piece;
    const one = {
      path: request.url ?? '',
      headers: request.headers,
      body,
      json: body.startsWith('{') ? JSON.parse(body) : {},
    };
    received.push(one);
    receiver.answer(one, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received,
    get ids() {
      return received.map(({ headers }) => headers['webhook-id']);
    },
    get open() {
      return open;
    },
    get mostOpen() {
      return mostOpen;
    },
    answer,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}
