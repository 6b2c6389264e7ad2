import type { Challenge } from './challenge.ts';
import { RegistryClientError } from './registry-client-error.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Asks a token server; made of the client's own transport, redirects are not followed. */
export type FetchJson = (url: URL, headers: Readonly<Record<string, string>>) => Promise<unknown>;

export interface AuthenticatorOptions {
  readonly registry: URL;
  readonly credentials: Credentials | null;
  /** Hosts (`auth.example.com`, with the port where it is not the scheme's) that may be given the credentials besides the registry's own. */
  readonly realmHosts: readonly string[];
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly fetchJson: FetchJson;
  /** Where tokens come from in place of the registry's realm. */
  readonly issueToken?: IssueToken | undefined;
}

/** A token for exactly these scopes (`repository:acme/web:pull`). */
export type IssueToken = (
  scopes: readonly string[],
) => Promise<{ readonly token: string; readonly expiresInSeconds: number }>;

interface CachedToken {
  readonly token: string;
  readonly renewAtMs: number;
}

type Scheme =
  | { readonly kind: 'unknown' | 'basic' }
  | { readonly kind: 'bearer'; readonly realm: URL; readonly service: string | undefined };

const MAX_TOKENS = 1000;
/** What the Docker token specification says where `expires_in` is missing. */
const DEFAULT_LIFE_SECONDS = 60;

/** Learns from challenges how a registry wants to be asked, and keeps one token per set of scopes. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #tokens = new Map<string, CachedToken>();
  readonly #underWay = new Map<string, Promise<string>>();
  #scheme: Scheme = { kind: 'unknown' };

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  get isLearned(): boolean {
    return this.#options.issueToken !== undefined || this.#scheme.kind !== 'unknown';
  }

  /** The `Authorization` for these scopes, as far as the registry has said what it wants. */
  async authorization(scopes: readonly string[]): Promise<string | null> {
    const { issueToken } = this.#options;
    if (issueToken !== undefined) {
      return `Bearer ${await this.#cached(scopes, () => this.#fetchIssued(issueToken, scopes))}`;
    }
    switch (this.#scheme.kind) {
      case 'unknown':
        return null;
      case 'basic':
        return basic(this.#options.credentials);
      case 'bearer':
        return `Bearer ${await this.#token(this.#scheme.realm, this.#scheme.service, scopes)}`;
    }
  }

  /**
   * Takes what a 401 said and forgets the token that it was for. False when there is nothing new to try.
   * RegistryClientError UNAUTHORIZED when the challenge cannot be trusted.
   */
  learn(challenges: readonly Challenge[], scopes: readonly string[], refused: string | null): boolean {
    if (this.#options.issueToken !== undefined) {
      return this.#forget(scopes, refused);
    }
    const bearer = challenges.find(({ scheme, params }) => scheme === 'bearer' && params.realm !== undefined);
    if (bearer !== undefined) {
      this.#scheme = {
        kind: 'bearer',
        realm: this.#realm(bearer.params.realm ?? ''),
        service: bearer.params.service,
      };
      this.#forget(scopes, refused);
      return true;
    }
    const isBasic = challenges.some(({ scheme }) => scheme === 'basic');
    if (!isBasic || this.#options.credentials === null || refused?.startsWith('Basic ')) {
      return false;
    }
    this.#scheme = { kind: 'basic' };
    return true;
  }

  #realm(text: string): URL {
    const { registry, credentials, realmHosts } = this.#options;
    const realm = URL.parse(text, registry.href);
    if (realm === null || !['http:', 'https:'].includes(realm.protocol) || realm.username || realm.password) {
      throw new RegistryClientError(
        'UNAUTHORIZED',
        `${registry.host} names a token realm that is no URL: ${text}`,
      );
    }
    if (credentials === null) {
      return realm;
    }
    if (registry.protocol === 'https:' && realm.protocol !== 'https:') {
      throw new RegistryClientError(
        'UNAUTHORIZED',
        `token realm ${realm.origin} of ${registry.origin} is not https`,
      );
    }
    if (realm.hostname !== registry.hostname && !realmHosts.some((host) => isHostOf(host, realm))) {
      throw new RegistryClientError(
        'UNAUTHORIZED',
        `${registry.host} asks for its credentials to be sent to ${realm.host}, a host they were not given for`,
      );
    }
    return realm;
  }

  /** True when there was such a token, so that a new one is worth a try. */
  #forget(scopes: readonly string[], refused: string | null): boolean {
    const key = keyOf(scopes);
    const cached = this.#tokens.get(key);
    return cached !== undefined && refused === `Bearer ${cached.token}` && this.#tokens.delete(key);
  }

  #token(realm: URL, service: string | undefined, scopes: readonly string[]): Promise<string> {
    return this.#cached(scopes, () => this.#fetchToken(realm, service, scopes));
  }

  async #cached(scopes: readonly string[], fetchToken: () => Promise<string>): Promise<string> {
    const key = keyOf(scopes);
    const cached = this.#tokens.get(key);
    if (cached !== undefined && this.#options.clock() < cached.renewAtMs) {
      return cached.token;
    }
    let fetching = this.#underWay.get(key);
    if (fetching === undefined) {
      fetching = fetchToken().finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, fetching);
    }
    return fetching;
  }

  /** `GET realm?service=…&scope=…` (Docker token authentication specification). */
  async #fetchToken(realm: URL, service: string | undefined, scopes: readonly string[]): Promise<string> {
    const { credentials, clock, fetchJson } = this.#options;
    const url = new URL(realm);
    if (service !== undefined) {
      url.searchParams.set('service', service);
    }
    for (const scope of scopes) {
      url.searchParams.append('scope', scope);
    }
    const authorization = basic(credentials);
    const askedAtMs = clock();
    const answer = (await fetchJson(url, authorization === null ? {} : { authorization })) as {
      token?: unknown;
      access_token?: unknown;
      expires_in?: unknown;
    } | null;
    const token = answer?.token ?? answer?.access_token;
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
      throw new RegistryClientError('PROTOCOL', `${realm.origin}${realm.pathname} answered without a token`);
    }
    const lifeSeconds = typeof answer?.expires_in === 'number' ? answer.expires_in : DEFAULT_LIFE_SECONDS;
    this.#keep(keyOf(scopes), { token, renewAtMs: askedAtMs + Math.max(0, lifeSeconds) * 900 });
    return token;
  }

  async #fetchIssued(issueToken: IssueToken, scopes: readonly string[]): Promise<string> {
    const askedAtMs = this.#options.clock();
    const { token, expiresInSeconds } = await issueToken(scopes);
    this.#keep(keyOf(scopes), { token, renewAtMs: askedAtMs + expiresInSeconds * 900 });
    return token;
  }

  #keep(key: string, token: CachedToken): void {
    const oldest = this.#tokens.keys().next();
    if (this.#tokens.size >= MAX_TOKENS && !oldest.done) {
      this.#tokens.delete(oldest.value);
    }
    this.#tokens.delete(key);
    this.#tokens.set(key, token);
  }
}

/** Whether a URL is at `host` or `host:port`, however that is written. */
function isHostOf(host: string, url: URL): boolean {
  return URL.parse(`${url.protocol}//${host}`)?.host === url.host;
}

function keyOf(scopes: readonly string[]): string {
  return [...scopes].sort().join(' ');
}

function basic(credentials: Credentials | null): string | null {
  return credentials === null
    ? null
    : `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}
