import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** How often this method and path came, this one included. */
  readonly times: number;
}

/**
 * What goes wrong with a request: S3 refuses it; the connection ends before it is passed on, or after S3 did it and before the answer, or after
 * so many bytes of the answer; nobody answers.
 */
export type Fault =
  | { readonly status: number; readonly code: string }
  | 'cut'
  | 'cut-answer'
  | { readonly cutAfterBytes: number }
  | 'hang';

export interface FaultyProxy {
  readonly endpoint: string;
  /** All that came. */
  readonly seen: SeenRequest[];
  /** Asked for each request; nothing: it is passed on. */
  fault: (request: SeenRequest) => Fault | null;
  stop(): Promise<void>;
}

/** A proxy before an S3 server. It keeps `Host`, which is signed. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    const times = seen.filter((one) => one.method === method && one.path === path).length + 1;
    const about = { method, path, headers, times };
    seen.push(about);
    const fault = proxy.fault(about);
    if (fault === 'hang') return;
    if (fault === 'cut') return void request.once('data', () => request.socket.destroy());
    if (fault !== null && typeof fault === 'object' && 'status' in fault) {
      request.resume();
      request.once('end', () => {
        response.writeHead(fault.status, { 'content-type': 'application/xml' });
        response.end(`<Error><Code>${fault.code}</Code><Message>please wait</Message></Error>`);
      });
      return;
    }
    passOn(request, response, fault);
  });

  function passOn(request: IncomingMessage, response: ServerResponse, fault: Fault | null): void {
    const { method, url, headers } = request;
    const onward = send({ host: hostname, port, method, path: url, headers }, (answer) => {
      if (fault === 'cut-answer') {
        answer.resume();
        answer.once('end', () => request.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (fault === null) return void answer.pipe(response);
      let left = typeof fault === 'object' && 'cutAfterBytes' in fault ? fault.cutAfterBytes : 0;
      answer.on('data', (chunk: Buffer) => {
        const piece = chunk.subarray(0, left);
        left -= piece.byteLength;
        response.write(piece, () => left <= 0 && request.socket.destroy());
      });
    });
    onward.on('error', () => request.socket.destroy());
    request.pipe(onward);
  }

  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: FaultyProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    fault: () => null,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return proxy;
}
