import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range from which the system gives ports to outgoing connections: a service that restarts finds its own free. */
const RANGE = { from: 12_000, to: 32_000 };

/** Different loopback ports that nothing listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries++) {
    if (tries > 1_000 + count)
      throw new Error(`no free port on 127.0.0.1 between ${RANGE.from} and ${RANGE.to}`);
    const port = randomInt(RANGE.from, RANGE.to);
    if (!ports.has(port) && (await whyNotFree('127.0.0.1', port)) === null) ports.add(port);
  }
  return [...ports];
}

/** Null when one can listen there, else the system's code: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`. */
export function whyNotFree(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
