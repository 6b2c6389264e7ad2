import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRegistryClient, type RegistryClient, type RegistryClientOptions } from '../index.ts';
import { bodyOf, type LocalServer, sendJson, startLocalServer } from './local-server.ts';

export const CREDENTIALS = { username: 'ada', password: 'hush:hush' };
export const BASIC = `Basic ${Buffer.from('ada:hush:hush').toString('base64')}`;
export const ASKED = { code: 'UNAUTHORIZED', message: 'authentication required' };

const opened: { close(): Promise<void> }[] = [];
/** Closes clients and servers; for `afterEach`. */
export async function closeOpened(): Promise<void> {
  await Promise.all(opened.splice(0).map((each) => each.close()));
}

export function open(options: RegistryClientOptions): RegistryClient {
  const client = createRegistryClient({ retry: { attempts: 1 }, ...options });
  opened.push(client);
  return client;
}

export async function serve(answer: Parameters<typeof startLocalServer>[0]): Promise<LocalServer> {
  const server = await startLocalServer(answer);
  opened.push(server);
  return server;
}

/** A registry that wants tokens named after their scopes, `<scopes>#<count>`, and a token server beside it or apart. */
export async function serveTokenRegistry(options: { realm?: string; expiresIn?: number } = {}) {
  let issued = 0;
  let revoked = 0;
  const registry = await serve(async (request: IncomingMessage, response: ServerResponse, url: URL) => {
    if (url.pathname === '/token') {
      const { authorization } = request.headers;
      if (authorization !== undefined && authorization !== BASIC) {
        return sendJson(response, 401, { errors: [ASKED] });
      }
      issued += 1;
      const token = Buffer.from(`${url.searchParams.getAll('scope').join(' ')}#${issued}`).toString(
        'base64url',
      );
      return sendJson(response, 200, { token, expires_in: options.expiresIn });
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const number = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString().split('#')[1]);
    if (number <= revoked) {
      const realm = options.realm ?? `http://${request.headers.host}/token`;
      return sendJson(
        response,
        401,
        { errors: [ASKED] },
        {
          'www-authenticate': `Bearer realm="${realm}",service="reg"`,
        },
      );
    }
    await bodyOf(request);
    response
      .writeHead(['POST', 'PATCH'].includes(request.method ?? '') ? 202 : 200, {
        location: '/v2/acme/web/blobs/uploads/1',
      })
      .end();
  });
  const tokenRequests = () => registry.seen.filter(({ path }) => path.startsWith('/token'));
  return { registry, tokenRequests, revokeAll: () => (revoked = issued) };
}
