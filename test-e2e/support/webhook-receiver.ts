import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A receiver of webhooks on loopback. */
export interface WebhookReceiver {
  readonly url: string;
  /** The events that were answered with 200, in the order of the answers; one may be in it twice. */
  readonly taken: readonly unknown[];
  /** Requests that were answered with 500. */
  readonly failed: number;
  close(): Promise<void>;
}

/** @param options.failsEvery each so manieth request is answered with 500 */
export async function startWebhookReceiver({
  failsEvery,
}: {
  readonly failsEvery: number;
}): Promise<WebhookReceiver> {
  const taken: unknown[] = [];
  let count = 0;
  let failed = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    count += 1;
    if (count % failsEvery === 0) {
      failed += 1;
      response.writeHead(500).end();
      return;
    }
    taken.push(JSON.parse(body));
    response.writeHead(200).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    taken,
    get failed() {
      return failed;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
