import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  compileSchema,
  MANAGEMENT_API,
  type ManagementRoute,
  mergePatchSchema,
  type OperationId,
} from '@berth/contracts';
import type { TSchema } from '@sinclair/typebox';
import { SAMPLES } from './samples.ts';

/** A request as it came in, taken apart by the contract. */
export interface Asked {
  readonly id: OperationId;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly headers: IncomingMessage['headers'];
}

/** By default the status of the contract and a sample as the body. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export type Answers = { readonly [Id in OperationId]?: (asked: Asked) => Reply };

export interface ContractServer {
  /** `http://127.0.0.1:23456` */
  readonly origin: string;
  /** All requests so far, oldest first. */
  readonly asked: Asked[];
  stop(): Promise<void>;
}

/**
 * An HTTP server that knows nothing but the contract: it refuses a request that does not fit it with 400, answers with
 * samples or as `answers` say, and answers 500 where those do not fit.
 */
export async function startContractServer(answers: Answers = {}): Promise<ContractServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void answer(request, answers, asked).then(
      (reply) => send(response, reply),
      (error: Error) => send(response, problem(500, 'INTERNAL', error.message)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An error as the API answers it. */
export function problem(status: number, code: string, detail: string, members: object = {}): Reply {
  return {
    status,
    headers: { 'Content-Type': 'application/problem+json' },
    body: { ...members, type: 'about:blank', title: 'Error', status, code, detail },
  };
}

async function answer(request: IncomingMessage, answers: Answers, asked: Asked[]): Promise<Reply> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const found = findOperation(request.method ?? '', pathname);
  if (found === undefined)
    return problem(404, 'NOT_FOUND', `no operation is at ${request.method} ${pathname}`);
  const { id, route, params } = found;
  const sent = await text(request);
  const body: unknown = sent === '' ? undefined : JSON.parse(sent);
  const query = Object.fromEntries(searchParams);
  asked.push({ id, params, query, body, headers: request.headers });
  const wrong = [
    ...violations(route.query, typed(query, route.query)),
    ...violations(bodySchema(route), body),
  ];
  if (wrong.length > 0) return problem(400, 'REQUEST_INVALID', wrong.join('; '));
  const given = answers[id]?.({ id, params, query, body, headers: request.headers }) ?? {};
  const reply = { status: statusOf(route), body: sampleOf(route.response), ...given };
  if (reply.status < 300 && reply.body !== undefined)
    for (const violation of violations(route.response, reply.body)) throw new Error(`answer: ${violation}`);
  return reply;
}

function findOperation(method: string, path: string) {
  for (const [id, route] of Object.entries<ManagementRoute>(MANAGEMENT_API)) {
    const source = route.pattern.replace(/[.]/g, '\\$&').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    const groups = route.method === method && new RegExp(`^${source}$`).exec(path);
    if (!groups) continue;
    const params = Object.entries(groups.groups ?? {}).map(([name, part]) => [
      name,
      decodeURIComponent(part),
    ]);
    return { id: id as OperationId, route, params: Object.fromEntries(params) as Record<string, string> };
  }
  return undefined;
}

function statusOf({ status, response }: ManagementRoute): number {
  return status ?? (response === undefined ? 204 : 200);
}

function bodySchema({ method, request, response }: ManagementRoute): TSchema | undefined {
  if (request === undefined) return undefined;
  return method === 'PATCH' ? (mergePatchSchema(request, response) as unknown as TSchema) : request;
}

function violations(schema: TSchema | undefined, value: unknown): string[] {
  if (schema === undefined) return [];
  const closed = schema.properties === undefined ? schema : { ...schema, additionalProperties: false };
  const validated = compileSchema(closed)(value);
  return validated.ok ? [] : validated.violations.map(({ path, message }) => `${path} ${message}`);
}

/** Query parameters as the schema types them. */
function typed(
  query: Readonly<Record<string, string>>,
  schema: TSchema | undefined,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => {
      const { type } = schema?.properties?.[name] ?? {};
      if (type === 'integer') return [name, Number(value)];
      return [name, type === 'boolean' ? value === 'true' : value];
    }),
  );
}

/** The sample of a response, or a page with it. */
function sampleOf(schema: TSchema | undefined): unknown {
  if (schema === undefined) return undefined;
  const whole = Object.values<{ schema: TSchema; value: unknown }>(SAMPLES).find(
    (sample) => sample.schema === schema,
  );
  const item: TSchema | undefined = schema.properties?.items?.items;
  if (whole === undefined && item !== undefined) return { items: [sampleOf(item)], next: null };
  return whole?.value;
}

function send(response: ServerResponse, { status = 200, headers, body }: Reply): void {
  const type = { 'Content-Type': 'application/json', ETag: '"7"' };
  response.writeHead(status, body === undefined ? headers : { ...type, ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
