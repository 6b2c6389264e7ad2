import type { Readable } from 'node:stream';
import { type Dispatcher, Pool } from 'undici';
import { Downloader } from './downloader.ts';
import type { Credential } from './target.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

/** The leanest client that does what docker does: one pool of connections, one token, bytes counted and dropped. */
export class RegistrySession {
  readonly #pool: Pool;
  /** To where downloads are redirected. */
  readonly #elsewhere = new Downloader();
  #authorization: string | undefined;

  constructor(origin: string, connections: number) {
    const options = { connections, pipelining: 1, bodyTimeout: 120_000, headersTimeout: 120_000 };
    this.#pool = new Pool(origin, options);
  }

  /** Follows the challenge of `/v2/` with a Basic login, for these repositories. A registry without login is left alone. */
  async login(
    credential: Credential | undefined,
    repositories: readonly string[],
  ): Promise<string | undefined> {
    if (credential === undefined) return undefined;
    const challenge = String((await this.send('GET', '/v2/')).headers['www-authenticate'] ?? '');
    const realm = /realm="([^"]+)"/.exec(challenge)?.[1];
    const service = /service="([^"]+)"/.exec(challenge)?.[1];
    if (realm === undefined) throw new Error(`no Bearer challenge at /v2/, but ${JSON.stringify(challenge)}`);
    const url = new URL(realm);
    if (service !== undefined) url.searchParams.set('service', service);
    for (const name of repositories) url.searchParams.append('scope', `repository:${name}:pull,push`);
    const basic = Buffer.from(`${credential.username}:${credential.password}`).toString('base64');
    const answer = await this.send('GET', url.pathname + url.search, { authorization: `Basic ${basic}` });
    if (answer.status !== 200) throw new Error(`token: ${answer.status} ${answer.body.toString('utf8')}`);
    const { token } = JSON.parse(answer.body.toString('utf8'));
    this.#authorization = `Bearer ${token}`;
    return this.#authorization;
  }

  /** Sends one request and keeps the body of the answer. */
  async send(
    method: Dispatcher.HttpMethod,
    path: string,
    headers: Record<string, string> = {},
    body: Buffer | Readable | null = null,
  ): Promise<Answer> {
    const answer = await this.#request(method, path, headers, body);
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: Buffer.from(await answer.body.arrayBuffer()),
    };
  }

  /** Sends one request that must answer `expected`. */
  async expect(
    expected: number,
    method: Dispatcher.HttpMethod,
    path: string,
    headers: Record<string, string> = {},
    body: Buffer | Readable | null = null,
  ): Promise<Answer> {
    const answer = await this.send(method, path, headers, body);
    if (answer.status !== expected) {
      const text = answer.body.toString('utf8').slice(0, 500);
      throw new Error(`${method} ${path}: ${answer.status} instead of ${expected}: ${text}`);
    }
    return answer;
  }

  /** GETs a blob, from where it is redirected to if it is, and counts its bytes. */
  async drain(path: string): Promise<number> {
    const answer = await this.#request('GET', path, {}, null);
    if (answer.statusCode === 307) {
      await answer.body.dump();
      return await this.#elsewhere.count(String(answer.headers.location));
    }
    if (answer.statusCode !== 200) throw new Error(`GET ${path}: ${answer.statusCode}`);
    let sizeBytes = 0;
    answer.body.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
    });
    await new Promise((resolve, reject) => answer.body.once('end', resolve).once('error', reject));
    return sizeBytes;
  }

  async close(): Promise<void> {
    this.#elsewhere.close();
    await this.#pool.close();
  }

  #request(
    method: Dispatcher.HttpMethod,
    path: string,
    headers: Record<string, string>,
    body: Buffer | Readable | null,
  ): Promise<Dispatcher.ResponseData> {
    const all =
      this.#authorization === undefined ? headers : { authorization: this.#authorization, ...headers };
    return this.#pool.request({ method, path, headers: all, body });
  }
}

/** The path and query of a `Location`, which may be absolute. */
export function locationPath(answer: Answer, origin: string): string {
  const url = new URL(String(answer.headers.location), origin);
  return url.pathname + url.search;
}
