import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DOCUMENT_ROUTES, openApiDocument } from '@berth/contracts';
import { isNotModified, type ManagementHandlers, sendEmpty } from '@berth/http';
import { apiPage } from './api-page.ts';
import type { ManagementExchange } from './scope-of.ts';

/** `/api/v1/openapi.json` and the page at `/api/v1/`: both made once, from the tables that the services bind. */
export function documentHandlers() {
  const document = openApiDocument({ version: productVersion() });
  const page = apiPage(document);
  const sendDocument = sender('application/json', JSON.stringify(document));
  const sendPage = sender('text/html; charset=utf-8', page.html, {
    'Content-Security-Policy': page.contentSecurityPolicy,
    'X-Content-Type-Options': 'nosniff',
  });

  return {
    getApiPage: async (exchange) => sendPage(exchange),
    getApiDocument: async (exchange) => sendDocument(exchange),
  } satisfies ManagementHandlers<typeof DOCUMENT_ROUTES>;
}

/** Answers with a text that changes with the product's version only. */
function sender(type: string, text: string, headers: Readonly<Record<string, string>> = {}) {
  const bytes = Buffer.from(text);
  const tag = `"${hash('sha256', bytes, 'base64url').slice(0, 22)}"`;
  const always = { ETag: tag, 'Cache-Control': 'no-cache', ...headers };
  return ({ request, response }: ManagementExchange) => {
    if (isNotModified(request, tag)) {
      sendEmpty(response, 304, always);
      return;
    }
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes.byteLength, ...always });
    response.end(bytes);
  };
}

function productVersion(): string {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')).version;
}
