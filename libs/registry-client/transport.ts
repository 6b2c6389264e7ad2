import type { Readable } from 'node:stream';
import { type Dispatcher, request } from 'undici';
import { Authenticator, type Credentials, type IssueToken } from './authenticator.ts';
import { parseChallenges } from './challenge.ts';
import { isRegistryClientError, RegistryClientError } from './registry-client-error.ts';
import { type Answer, dropBody, headerOf, readJson, refusal } from './response-body.ts';
import { type MayRetry, type RetryOptions, retrying } from './retry.ts';

export interface TransportOptions {
  readonly registry: URL;
  readonly dispatcher: Dispatcher;
  readonly credentials: Credentials | null;
  readonly realmHosts: readonly string[];
  readonly issueToken?: IssueToken | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly userAgent: string;
  readonly retry: RetryOptions;
  readonly mayRedirectTo: (target: URL) => boolean;
  /** Gives up every request. */
  readonly signal?: AbortSignal | undefined;
  readonly clock: () => number;
  readonly random: () => number;
  readonly wait?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

export interface Call {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** A path of the registry, or what a `Location` or `Link` named. */
  readonly url: string | URL;
  readonly scopes: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes, or what opens a stream of them: opened anew for each try. */
  readonly body?: Uint8Array | (() => Readable | Promise<Readable>);
  /** Statuses that are answers; any other is thrown as RegistryClientError REFUSED. */
  readonly expected: readonly number[];
  /** A redirect may lead to another host: for the bytes of a blob, and nothing else. */
  readonly mayLeave?: boolean;
  readonly signal?: AbortSignal | undefined;
}

const MAX_REDIRECTS = 5;
const MAX_TOKEN_BYTES = 256 * 1024;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * One registry over undici: authorization as the registry asks for it, reads tried again, redirects of reads followed,
 * to another host only for a blob. Credentials and tokens go to the registry's own origin (and its realm) only. Writes are not tried again, but for a 429
 * with a body of bytes, which the registry did not begin to handle.
 */
export class Transport {
  readonly #options: TransportOptions;
  readonly #authenticator: Authenticator;
  #hasPinged = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#authenticator = new Authenticator({
      registry: options.registry,
      credentials: options.credentials,
      realmHosts: options.realmHosts,
      issueToken: options.issueToken,
      clock: options.clock,
      fetchJson: (url, headers) => this.#fetchJson(url, headers),
    });
  }

  /** The answer, its body still to be read or dropped. RegistryClientError otherwise. */
  async call(call: Call): Promise<Answer> {
    const url = this.resolve(call.url);
    const hasStream = typeof call.body === 'function';
    if (hasStream && !this.#hasPinged && !this.#authenticator.isLearned && this.#isOwn(url)) {
      await this.#learnByPing(call);
    }
    const isRead = call.method === 'GET' || call.method === 'HEAD';
    const answer = await this.#retry(
      call.signal,
      (status) => isRead || (status === 429 && !hasStream),
      () => this.#authorized(call, url),
    );
    if (call.expected.includes(answer.statusCode)) {
      return answer;
    }
    throw await refusal(answer, `${call.method} ${withoutQuery(url)}`, this.#options.clock());
  }

  /** An absolute URL for a path or a `Location`. RegistryClientError PROTOCOL when it is none, or at another host. */
  resolve(target: string | URL): URL {
    const { registry } = this.#options;
    const url = this.#parse(target);
    if (url.origin === registry.origin || isUpgrade(registry, url)) {
      return url;
    }
    throw new RegistryClientError(
      'PROTOCOL',
      `${registry.origin} sends on to ${url.origin}: only the bytes of a blob may be at another host`,
    );
  }

  #parse(target: string | URL): URL {
    const { registry } = this.#options;
    const url = typeof target === 'string' ? URL.parse(target, registry.href) : target;
    if (url === null || !['http:', 'https:'].includes(url.protocol)) {
      throw new RegistryClientError(
        'PROTOCOL',
        `${registry.host} names a URL that is none: ${String(target).slice(0, 200)}`,
      );
    }
    return url;
  }

  /** Where a read is redirected to. */
  #redirected({ mayLeave = false }: Call, from: URL, location: string): URL {
    const { registry, mayRedirectTo } = this.#options;
    const target = this.#parse(URL.parse(location, from.href) ?? location);
    if (!mayLeave || this.#isOwn(target)) {
      return this.resolve(target);
    }
    if (mayRedirectTo(target)) {
      return target;
    }
    throw new RegistryClientError(
      'PROTOCOL',
      `${registry.host} sends on to ${target.origin}, which is not allowed`,
    );
  }

  /** Before the first stream: a 401 would cost all of its bytes. */
  async #learnByPing(call: Call): Promise<void> {
    const answer = await this.#retry(
      call.signal,
      () => true,
      () =>
        this.#exchange({ method: 'GET', url: '/v2/', scopes: [], expected: [] }, this.resolve('/v2/'), null),
    );
    this.#hasPinged = true;
    if (answer.statusCode === 401) {
      this.#authenticator.learn(parseChallenges(listOf(answer.headers['www-authenticate'])), [], null);
    }
    await dropBody(answer);
  }

  /** One exchange, and another one when the registry says for the first time how it wants to be asked. */
  async #authorized(call: Call, url: URL): Promise<Answer> {
    if (!this.#isOwn(url)) {
      return this.#exchange(call, url, null);
    }
    const authorization = await this.#authenticator.authorization(call.scopes);
    const answer = await this.#exchange(call, url, authorization);
    if (answer.statusCode !== 401) {
      return answer;
    }
    const challenges = parseChallenges(listOf(answer.headers['www-authenticate']));
    if (!this.#authenticator.learn(challenges, call.scopes, authorization)) {
      return answer;
    }
    const second = await this.#authenticator.authorization(call.scopes);
    if (second === null || second === authorization) {
      return answer;
    }
    await dropBody(answer);
    return this.#exchange(call, url, second);
  }

  async #exchange(call: Call, start: URL, authorization: string | null): Promise<Answer> {
    let url = start;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await this.#request(call, url, this.#isOwn(url) ? authorization : null);
      const location = headerOf(answer, 'location');
      const isRead = call.method === 'GET' || call.method === 'HEAD';
      if (!isRead || !REDIRECTS.includes(answer.statusCode) || location === undefined) {
        return answer;
      }
      await dropBody(answer);
      const target = this.#redirected(call, url, location);
      if (redirects === MAX_REDIRECTS || (url.protocol === 'https:' && target.protocol !== 'https:')) {
        throw new RegistryClientError(
          'PROTOCOL',
          `${withoutQuery(start)} is redirected too often, or off https`,
        );
      }
      url = target;
    }
  }

  async #request(call: Call, url: URL, authorization: string | null): Promise<Answer> {
    const signal = eitherOf(call.signal, this.#options.signal);
    const body = typeof call.body === 'function' ? await call.body() : (call.body ?? null);
    try {
      return await request(url, {
        dispatcher: this.#options.dispatcher,
        method: call.method,
        headers: {
          'user-agent': this.#options.userAgent,
          ...(this.#isOwn(url) ? this.#options.headers : {}),
          ...call.headers,
          ...(authorization === null ? {} : { authorization }),
        },
        body,
        signal: signal ?? null,
        // By default undici closes the connection after each HEAD, for servers that answer it with a body: with TLS half of a copy's work.
        ...(call.method === 'HEAD' && { reset: false }),
      });
    } catch (error) {
      // What sends the body may be an answer itself: that it broke off, or was another one, is no matter of this registry.
      if (signal?.aborted || isRegistryClientError(error)) {
        throw error;
      }
      const reason = error instanceof Error ? error.message : String(error);
      throw new RegistryClientError('UNREACHABLE', `${call.method} ${withoutQuery(url)}: ${reason}`, {
        cause: error,
      });
    }
  }

  /** Any failure is UNAUTHORIZED: so it is not tried once more by the call that needed the token. */
  async #fetchJson(url: URL, headers: Readonly<Record<string, string>>): Promise<unknown> {
    const call: Call = { method: 'GET', url, scopes: [], headers, expected: [200] };
    try {
      const answer = await this.#retry(
        undefined,
        () => true,
        () => this.#request(call, url, null),
      );
      if (answer.statusCode === 200) {
        return await readJson(answer, {
          maxBytes: MAX_TOKEN_BYTES,
          asked: `token server ${withoutQuery(url)}`,
        });
      }
      throw await refusal(answer, `token server ${withoutQuery(url)}`, this.#options.clock());
    } catch (error) {
      if (!isRegistryClientError(error)) {
        throw error;
      }
      const { message, status, errors, retryAfterMs } = error;
      throw new RegistryClientError('UNAUTHORIZED', message, { status, errors, retryAfterMs, cause: error });
    }
  }

  #retry(
    signal: AbortSignal | undefined,
    mayRetry: MayRetry,
    exchange: () => Promise<Answer>,
  ): Promise<Answer> {
    return retrying({ ...this.#options, signal, mayRetry }, exchange);
  }

  #isOwn(url: URL): boolean {
    return url.origin === this.#options.registry.origin;
  }
}

/** Queries may hold signatures and scopes: messages go without them. */
export function withoutQuery(url: URL): string {
  return url.origin + url.pathname;
}

/** From http to https of the same name, on their usual ports. */
function isUpgrade(from: URL, to: URL): boolean {
  const isUsual = from.port === '' && to.port === '';
  return from.protocol === 'http:' && to.protocol === 'https:' && isUsual && from.hostname === to.hostname;
}

function eitherOf(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  return one !== undefined && other !== undefined ? AbortSignal.any([one, other]) : (one ?? other);
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : (value ?? []);
}
