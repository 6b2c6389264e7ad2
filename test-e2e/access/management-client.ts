import { MANAGEMENT_API, type ManagementRoute, type OperationId } from '@berth/contracts';

export interface ManagementRequest {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ManagementAnswer {
  readonly status: number;
  /** Of a problem. */
  readonly code: string | undefined;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers of every shape
  readonly body: any;
}

/** One call of the management API, as the contract has it; nothing is checked or retried. */
export async function callManagement(
  origin: string,
  operation: OperationId,
  { params = {}, query = {}, body, headers = {} }: ManagementRequest,
  authorization?: string,
): Promise<ManagementAnswer> {
  const { method, pattern }: ManagementRoute = MANAGEMENT_API[operation];
  const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent((params[name] ?? 'none').replaceAll('/', '~')),
  );
  const search = new URLSearchParams(query).toString();
  const answer = await fetch(`${origin}${path}${search === '' ? '' : `?${search}`}`, {
    method,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = (answer.headers.get('content-type') ?? '').includes('json');
  const parsed = isJson ? JSON.parse(text) : text;
  return {
    status: answer.status,
    code: isJson ? parsed.code : undefined,
    headers: answer.headers,
    body: parsed,
  };
}
