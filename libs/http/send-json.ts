import type { ServerResponse } from 'node:http';

export type ResponseHeaders = Readonly<Record<string, string | number>>;

/** Answers with JSON and its exact length. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers?: ResponseHeaders,
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': bytes.byteLength,
    ...headers,
  });
  response.end(bytes);
}

/** Answers without a body: 202, 204, 304. */
export function sendEmpty(response: ServerResponse, status: number, headers: ResponseHeaders = {}): void {
  response.writeHead(
    status,
    status === 204 || status === 304 ? headers : { 'Content-Length': 0, ...headers },
  );
  response.end();
}
