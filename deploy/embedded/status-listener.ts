import { createServer } from 'node:http';
import type { WholeReadiness } from './readiness.ts';

export interface StatusListener {
  close(): Promise<void>;
}

/** How long an answer stands for those that ask right after. */
const FRESH_MS = 250;

/** Serves `/readyz` of the whole to the gateway, on loopback. */
export async function startStatusListener(
  port: number,
  ask: () => Promise<WholeReadiness>,
): Promise<StatusListener> {
  let last: { readonly at: number; readonly answer: Promise<WholeReadiness> } | undefined;
  const server = createServer((request, response) => {
    request.resume();
    const now = performance.now();
    if (last === undefined || now - last.at > FRESH_MS) last = { at: now, answer: ask() };
    last.answer.then(
      ({ ready, checks }) => {
        const body = JSON.stringify({ status: ready ? 'ready' : 'not ready', checks });
        const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
        response.writeHead(ready ? 200 : 503, headers).end(`${body}\n`);
      },
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
