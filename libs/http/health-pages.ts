import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Lifecycle } from '@berth/runtime';
import { sendJson } from './send-json.ts';

type Page = (response: ServerResponse) => Promise<void> | void;

/**
 * `/healthz` (200 while the process answers), `/readyz` (200, or 503 with what is not ready) and `/metrics` of a
 * service, without access check: its port is internal. Returns false for every other path.
 */
export function createHealthPages(
  life: Lifecycle,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> | false {
  const pages = new Map<string, Page>([
    ['/healthz', (response) => sendJson(response, 200, { status: 'ok' })],
    [
      '/readyz',
      async (response) => {
        const { ready, checks } = await life.readiness();
        sendJson(response, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', checks });
      },
    ],
    [
      '/metrics',
      async (response) => {
        const bytes = Buffer.from(await life.metrics.text());
        response.writeHead(200, {
          'Content-Type': life.metrics.contentType,
          'Content-Length': bytes.byteLength,
        });
        response.end(bytes);
      },
    ],
  ]);
  return (request, response) => {
    const page = pages.get(request.url ?? '');
    if (page === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    return Promise.resolve(page(response));
  };
}
