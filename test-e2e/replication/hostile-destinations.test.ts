import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BerthProduct, startBerthProduct } from '../support/berth-product.ts';
import { pushSmallImage } from '../support/small-image.ts';
import { type Replication, replicationOf } from './replication.ts';

const SECRET = 'the-secret-of-the-endpoint';
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let product: BerthProduct;
let replication: Replication;
let server: Server;
let answer: Answer = () => {};
let asked: { readonly url: string; readonly authorization: string | undefined }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', authorization: request.headers.authorization });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  product = await startBerthProduct({
    env: { BERTH_OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8', BERTH_REPLICATION_RETRY_PAUSE: '10ms' },
  });
  replication = replicationOf(product);
  await product.createRegistry('acme');
  await pushSmallImage(product, 'acme/web', '1.0');
});
afterAll(async () => {
  server?.close();
  server?.closeAllConnections();
  await product?.stop();
});

const portOf = () => (server.address() as AddressInfo).port;
const status = (code: number, headers: Record<string, string> = {}): Answer => {
  return (request, response) => {
    request.resume();
    response.writeHead(code, headers).end();
  };
};

/** One run of a policy to the server as it answers now. */
async function runAgainst(behaviour: Answer) {
  answer = behaviour;
  asked = [];
  const policy = await replication.makePolicy(
    { url: `http://127.0.0.1:${portOf()}`, username: 'copier', secret: SECRET },
    { registry: 'acme', direction: 'push' },
  );
  const { run, tasks } = await replication.run(policy);
  const lag = await replication.call('getReplicationLag', { params: { id: policy } });
  await replication.call('deleteReplicationPolicy', { params: { id: policy } });
  return { run, task: tasks[0], lag };
}

test.each([
  [401, '401'],
  [403, '403'],
])('a destination that answers %i: the task fails at once and says so', async (code, reason) => {
  const { run, task, lag } = await runAgainst(status(code));
  expect(run.state).toBe('failed');
  expect(lag).toMatchObject({ oldestWaitingAt: null, oldestFailedAt: task.createdAt });
  expect(task).toMatchObject({ state: 'failed', tries: 1, copiedBytes: 0 });
  expect(task.reason).toContain(reason);
});

test('one that has nothing and takes nothing, by 404: the task fails at once and says so', async () => {
  const { task } = await runAgainst(status(404));
  expect(task).toMatchObject({ state: 'failed', tries: 1, copiedBytes: 0 });
  expect(task.reason).toContain('404');
});

test.each([429, 500, 503])(
  'one that goes on answering %i is tried again, and then given up',
  async (code) => {
    const { task } = await runAgainst(status(code, { 'retry-after': '0' }));
    expect(task).toMatchObject({ state: 'failed', tries: 6 });
    expect(task.reason).toContain(String(code));
  },
);

test('one that cuts each connection is tried again, and then given up', async () => {
  const { task } = await runAgainst((request) => void request.socket.destroy());
  expect(task).toMatchObject({ state: 'failed', tries: 6 });
  expect(task.reason).not.toContain(SECRET);
});

test('a token realm on another host gets no credentials, and the task says why', async () => {
  const realm = `http://localhost:${portOf()}/token`;
  const { task } = await runAgainst(
    status(401, { 'www-authenticate': `Bearer realm="${realm}",service="x"` }),
  );
  expect(task).toMatchObject({ state: 'failed', tries: 1 });
  expect(task.reason).toContain('a host they were not given for');
  expect(asked.map(({ authorization }) => authorization)).toEqual(asked.map(() => undefined));
  expect(asked.map(({ url }) => url).filter((url) => url.startsWith('/token'))).toEqual([]);
});

test('one that names another digest than that of the manifest: the task fails and the tag is not written', async () => {
  const put: string[] = [];
  const { task } = await runAgainst((request, response) => {
    request.resume();
    request.on('end', () => {
      const { method, url = '' } = request;
      const isManifest = url.includes('/manifests/');
      if (method === 'GET') return void response.writeHead(200).end();
      if (method === 'HEAD') return void response.writeHead(404).end();
      if (method === 'POST')
        return void response.writeHead(202, { location: '/v2/acme/web/blobs/uploads/1' }).end();
      if (method === 'PATCH')
        return void response.writeHead(202, { location: '/v2/acme/web/blobs/uploads/1' }).end();
      if (isManifest) put.push(url);
      response
        .writeHead(201, isManifest ? { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } : {})
        .end();
    });
  });
  expect(task).toMatchObject({ state: 'failed', tries: 1 });
  expect(task.reason).toContain('0000000');
  expect(put.filter((url) => url.endsWith('/1.0'))).toEqual([]);
});

test('the secret is in no answer and no log', async () => {
  const { items } = await replication.call('listEndpoints');
  expect(JSON.stringify(items)).not.toContain(SECRET);
  expect(product.berth.output()).not.toContain(SECRET);
});
