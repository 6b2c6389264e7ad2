import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP proxy in front of an S3 server that refuses, while it is told to, a share of the requests. */
export interface RefusingS3 {
  readonly port: number;
  /** `null` refuses nothing. */
  refuse(how: { readonly status: number; readonly code: string; readonly share: number } | null): void;
  readonly refused: number;
  close(): Promise<void>;
}

export async function startRefusingS3(port: number): Promise<RefusingS3> {
  let refusal: Parameters<RefusingS3['refuse']>[0] = null;
  let refused = 0;
  const server = createServer((incoming, outgoing) => {
    if (refusal !== null && Math.random() < refusal.share) {
      refused++;
      incoming.resume();
      const body = `<?xml version="1.0"?><Error><Code>${refusal.code}</Code><Message>not now</Message></Error>`;
      outgoing.writeHead(refusal.status, { 'content-type': 'application/xml' }).end(body);
      return;
    }
    const { method, url, headers } = incoming;
    const passedOn = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passedOn.on('error', () => outgoing.destroy());
    outgoing.on('error', () => passedOn.destroy());
    incoming.on('error', () => passedOn.destroy());
    incoming.pipe(passedOn);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    refuse: (how) => {
      refusal = how;
    },
    get refused() {
      return refused;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
