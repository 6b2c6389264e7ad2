import { afterEach, describe, expect, test } from '@jest/globals';
import { closeServed, serveClient } from './served-client.ts';

afterEach(closeServed);

const html = { 'content-type': 'text/html; charset=utf-8' };
const json = { 'content-type': 'application/json' };
const docker = { 'docker-distribution-api-version': 'registry/2.0' };

describe('what answers a ping with 200', () => {
  test.each<[string, Record<string, string>, string]>([
    ['an empty object', json, '{}'],
    ['another object', json, '{"name":"registry"}'],
    ['JSON without a type', {}, ' {}\n'],
    ['nothing', {}, ''],
    ["a page with the header of Docker's registry API", { ...html, ...docker }, '<html>hello</html>'],
  ])('by %s is a registry', async (_, headers, body) => {
    const { client } = await serveClient(
      (_request, response) => void response.writeHead(200, headers).end(body),
    );
    await client.ping();
  });

  test.each<[string, Record<string, string>, string]>([
    ['a page', html, '<html>hello</html>'],
    ['an empty page', html, ''],
    ['text', {}, 'hello'],
    ['a list', json, '[]'],
    ['null', json, 'null'],
    ['more than a registry says', json, `{"x":"${'x'.repeat(100_000)}"}`],
  ])('by %s is none', async (_, headers, body) => {
    const { client, server } = await serveClient(
      (_request, response) => void response.writeHead(200, headers).end(body),
    );
    await expect(client.ping()).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringContaining(`${server.origin}/v2/ answered 200`),
    });
  });
});

test('a ping of what answers 404 is refused', async () => {
  const { client } = await serveClient((_request, response) => void response.writeHead(404).end());
  await expect(client.ping()).rejects.toMatchObject({ code: 'REFUSED', status: 404 });
});

test('a client that is given up ends with the reason, and does not try again', async () => {
  const abort = new AbortController();
  const { client, server } = await serveClient(() => abort.abort(new Error('enough')), {
    signal: abort.signal,
  });
  await expect(client.ping()).rejects.toThrow('enough');
  expect(server.seen).toHaveLength(1);
});
