import { MANAGEMENT_API, type ManagementRoute, type OperationId } from '@berth/contracts';
import { authorizationOf, type Credential } from './credential.ts';
import { ManagementError } from './management-error.ts';
import type { CallOptions, ItemOf, ListId, ResultOf } from './operation.ts';
import { type Answer, readAnswer } from './read-answer.ts';
import { requestUrl } from './request-url.ts';

export type { Answer } from './read-answer.ts';

export interface ManagementClientOptions {
  /** `https://berth.example.com`, without a path. */
  readonly origin: string;
  /** None: as anybody. Sent to this origin only. */
  readonly credential?: Credential | undefined;
  /** Default: that of the platform. */
  readonly fetch?: typeof fetch;
  /** For one request; default a minute. */
  readonly timeoutMs?: number;
}

/** A page of a list; `next` is null on the last. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** Calls the management API by its contract: operations, parameters, bodies and results are typed by `MANAGEMENT_API`. */
export interface ManagementClient {
  readonly origin: string;
  /** @throws ManagementError */
  call<Id extends OperationId>(id: Id, ...options: OptionsOf<Id>): Promise<Answer<ResultOf<Id>>>;
  /** All pages of a list from the query's on, read as they are taken; a page may be empty before the last. */
  pages<Id extends ListId>(id: Id, ...options: OptionsOf<Id>): AsyncGenerator<Page<ItemOf<Id>>>;
}

type OptionsOf<Id extends OperationId> =
  Record<never, never> extends CallOptions<Id> ? [options?: CallOptions<Id>] : [options: CallOptions<Id>];

/** All kinds of options in one, as the implementation sees them. */
interface AnyOptions {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly signal?: AbortSignal;
}

export function createManagementClient(options: ManagementClientOptions): ManagementClient {
  const { origin, credential, timeoutMs = 60_000 } = options;
  const ask = options.fetch ?? fetch;

  async function call(id: OperationId, given: AnyOptions = {}): Promise<Answer<unknown>> {
    const route: ManagementRoute = MANAGEMENT_API[id];
    const url = requestUrl(origin, route.pattern, given.params ?? {}, given.query ?? {});
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = given.signal ? AbortSignal.any([deadline, given.signal]) : deadline;
    const headers = requestHeaders(route, given, credential);
    const body = given.body === undefined ? null : JSON.stringify(given.body);
    try {
      return await readAnswer(
        await ask(url, { method: route.method, headers, body, signal, redirect: 'manual' }),
      );
    } catch (error) {
      if (error instanceof ManagementError || given.signal?.aborted) throw error;
      throw new ManagementError('UNREACHABLE', `${origin} cannot be reached: ${reason(error, timeoutMs)}`, {
        cause: error,
      });
    }
  }

  async function* pages(id: OperationId, given: AnyOptions = {}): AsyncGenerator<Page<unknown>> {
    let after = given.query?.after;
    while (true) {
      const query = { ...given.query, after };
      const page = (await call(id, { ...given, query })).body as Page<unknown>;
      yield page;
      if (page.next === null) return;
      if (page.next === after)
        throw new ManagementError('PROTOCOL', `${origin} gave the same page of ${id} twice`, { status: 200 });
      after = page.next;
    }
  }

  return { origin, call, pages } as unknown as ManagementClient;
}

function requestHeaders(
  { method }: ManagementRoute,
  given: AnyOptions,
  credential: Credential | undefined,
): Record<string, string> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  return {
    Accept: 'application/json, application/problem+json',
    ...(given.body !== undefined && { 'Content-Type': type }),
    ...(credential !== undefined && { Authorization: authorizationOf(credential) }),
    ...(given.ifMatch !== undefined && { 'If-Match': given.ifMatch }),
    ...(given.ifNoneMatch !== undefined && { 'If-None-Match': given.ifNoneMatch }),
  };
}

/** `fetch` hides the reason in the cause: `connect ECONNREFUSED 127.0.0.1:5000`. */
function reason(error: unknown, timeoutMs: number): string {
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return `no answer within ${timeoutMs / 1_000} seconds`;
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return cause?.message || cause?.code || message || String(error);
}
