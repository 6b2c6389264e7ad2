import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a port of loopback that counts, and that can be cut. */
export interface CountingProxy {
  readonly port: number;
  /** What clients have sent through it so far. */
  readonly sentBytes: number;
  /** Resets all connections; new ones go on. */
  reset(): void;
  /** Resets all connections and each new one until `heal`. */
  cut(): void;
  heal(): void;
  close(): Promise<void>;
}

export async function startCountingProxy(port: number): Promise<CountingProxy> {
  const sockets = new Set<Socket>();
  let sentBytes = 0;
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) return void client.resetAndDestroy();
    const upstream = connect(port, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (bytes) => {
      sentBytes += bytes.length;
    });
    client.pipe(upstream);
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  function reset(): void {
    for (const socket of sockets) socket.resetAndDestroy();
  }
  return {
    port: (server.address() as AddressInfo).port,
    get sentBytes() {
      return sentBytes;
    },
    reset,
    cut() {
      isCut = true;
      reset();
    },
    heal() {
      isCut = false;
    },
    async close() {
      reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
