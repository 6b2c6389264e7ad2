import { asAdmin, basic, type Fixture } from './fixture.ts';

/** What the API answered; `body` as it came. */
export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever was answered
  readonly body: any;
  readonly etag: string;
  readonly headers: Headers;
}

export interface Asking {
  /** Default: the administrator. */
  readonly as?: Record<string, string>;
  readonly headers?: Record<string, string>;
}

/** `/api/v1` as tests ask it. */
export interface Api {
  get(path: string, asking?: Asking): Promise<Answer>;
  post(path: string, body: unknown, asking?: Asking): Promise<Answer>;
  patch(path: string, body: unknown, asking?: Asking): Promise<Answer>;
  delete(path: string, asking?: Asking): Promise<Answer>;
  /** The credentials of a new user who is no administrator. */
  user(username: string): Promise<Record<string, string>>;
  /** Gives a role; the id of the grant. */
  grant(subject: string, registry: string, role: string): Promise<string>;
  /** A new access key of somebody. */
  key(as: Record<string, string>, body?: object): Promise<{ id: string; as: Record<string, string> }>;
  /** A new robot. */
  robot(
    registry: string,
    name: string,
    role: string,
    more?: object,
  ): Promise<{ id: string; as: Record<string, string> }>;
}

export function apiOf(fixture: Fixture): Api {
  async function ask(
    method: string,
    path: string,
    { as = asAdmin, headers = {}, body }: Asking & { readonly body?: unknown } = {},
  ): Promise<Answer> {
    const response = await fixture.send(method, `/api/v1${path}`, {
      headers: { ...as, ...headers },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? undefined : JSON.parse(text),
      etag: response.headers.get('etag') ?? '',
      headers: response.headers,
    };
  }
  async function created(path: string, body: object, asking: Asking = {}): Promise<Answer['body']> {
    const answer = await ask('POST', path, { ...asking, body });
    if (answer.status !== 201)
      throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  return {
    get: (path, asking) => ask('GET', path, asking),
    post: (path, body, asking) => ask('POST', path, { ...asking, body }),
    patch: (path, body, asking) => ask('PATCH', path, { ...asking, body }),
    delete: (path, asking) => ask('DELETE', path, asking),
    async user(username) {
      const password = `${username} password`;
      await created('/access/users', { username, password });
      return basic(username, password);
    },
    grant: async (subject, registry, role) =>
      (await created('/access/grants', { subject, registry, role })).id,
    async key(as, body = {}) {
      const { id, secret } = await created('/access/keys', body, { as });
      return { id, as: basic(id, secret) };
    },
    async robot(registry, name, role, more = {}) {
      const { id, username, secret } = await created('/access/robots', { registry, name, role, ...more });
      return { id, as: basic(username, secret) };
    },
  };
}

/** The scope of the token that `/token` gives for it. */
export async function grantedScope(
  fixture: Fixture,
  as: Record<string, string>,
  scope: string,
): Promise<string> {
  const response = await fixture.get(`/token?scope=${encodeURIComponent(scope)}`, as);
  if (response.status !== 200) return String(response.status);
  return ((await response.json()) as { scope: string }).scope;
}
