import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSecretBox } from '@berth/access';
import type { RpcCaller } from '@berth/bus';
import { createOutbound, type Outbound } from '@berth/outbound';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createRegistries } from '../adapters/registry-clients.ts';
import type { EndpointDocument } from '../documents/endpoint.ts';
import { sealSecret } from '../endpoints/endpoint-secret.ts';
import { pingEndpoint } from '../endpoints/ping-endpoint.ts';

let server: Server | undefined;
let outbound: Outbound | undefined;
afterEach(async () => {
  server?.close();
  server?.closeAllConnections();
  await outbound?.close();
});

/** An endpoint at a server that answers so, and what was asked of it. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  const box = createSecretBox(Buffer.alloc(32));
  outbound = createOutbound({ allowedCidrs: ['127.0.0.0/8'], userAgent: 'test' });
  const registries = createRegistries({
    ...{ caller: {} as RpcCaller, distributionUrl: 'http://here', userAgent: 'test', box, outbound },
  });
  const at = '2026-03-01T00:00:00.000Z';
  const endpoint: EndpointDocument = {
    ...{ id: 'e-west', version: 1, name: 'west', url: `http://127.0.0.1:${port}`, skipTlsVerify: false },
    ...{ username: 'copier', sealedSecret: sealSecret(box, 'e-west', 'hush') },
    ...{ createdAt: at, updatedAt: at, createdBy: { id: 'u-ann', kind: 'user', name: 'ann' } },
  };
  const ping = (deadline?: AbortSignal) => pingEndpoint({ registries }, endpoint, deadline);
  return { asked, ping, endpoint };
}

describe('a ping that comes to its deadline', () => {
  const challenge = (request: IncomingMessage) => ({
    'www-authenticate': `Bearer realm="http://${request.headers.host}/token",service="there"`,
  });
  test.each<[string, (request: IncomingMessage, response: ServerResponse) => boolean]>([
    ['says nothing', () => true],
    ['breaks off in its body', (_, response) => response.writeHead(200).write('{')],
    [
      'has a token server that says nothing',
      (request, response) => {
        if (request.url === '/token?service=there') return true;
        response.writeHead(401, challenge(request)).end();
        return false;
      },
    ],
  ])('of a host that %s says so', async (_, answer) => {
    const late = new AbortController();
    const { ping, endpoint } = await serve((request, response) => {
      if (answer(request, response)) setImmediate(() => late.abort(new Error('late')));
    });
    expect(await ping(late.signal)).toEqual({
      ok: false,
      message: `${endpoint.url} gave no whole answer within 10 s`,
    });
  });
});

test('a ping asks once, whatever becomes of it', async () => {
  const { ping, asked } = await serve((request) => void request.socket.destroy());
  expect(await ping()).toMatchObject({ ok: false, message: expect.stringContaining('/v2/') });
  expect(asked).toEqual(['/v2/']);
});

test('a ping asks for the credentials anew each time', async () => {
  let isKnown = true;
  const { ping } = await serve((request, response) => {
    const { authorization } = request.headers;
    const isTaken = isKnown && authorization !== undefined;
    response.writeHead(isTaken ? 200 : 401, { 'www-authenticate': 'Basic realm="there"' }).end();
  });
  expect(await ping()).toMatchObject({ ok: true });
  isKnown = false;
  expect(await ping()).toMatchObject({ ok: false, message: expect.stringContaining('401') });
});

test('a ping of what is no registry says what answered', async () => {
  const { ping } = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>hello</html>');
  });
  expect(await ping()).toMatchObject({ ok: false, message: expect.stringContaining('text/html') });
});
