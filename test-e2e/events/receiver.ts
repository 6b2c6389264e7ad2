import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A CloudEvent as it came in the body of a webhook. */
export interface ReceivedEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly source: string;
  readonly data: {
    readonly image: string;
    readonly tag?: string;
    readonly digest: string;
    readonly previousDigest?: string;
    readonly unchanged?: boolean;
    readonly sequence: number;
  };
}

export interface Receiver {
  readonly url: string;
  /** Those that were answered with 2xx, in that order; the same one again where it was sent again. */
  readonly accepted: readonly ReceivedEvent[];
  readonly refusals: number;
  close(): Promise<void>;
}

/** A receiver of webhooks on loopback that answers 500 to what `refuses` says, and takes the rest. */
export async function startReceiver(refuses: (event: ReceivedEvent) => boolean): Promise<Receiver> {
  const accepted: ReceivedEvent[] = [];
  let refusals = 0;
  const server = createServer(async (request, response) => {
    const body = await read(request);
    const event: ReceivedEvent = JSON.parse(body);
    if (refuses(event)) {
      refusals += 1;
      response.writeHead(500).end('not now');
      return;
    }
    accepted.push(event);
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    accepted,
    get refusals() {
      return refusals;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
