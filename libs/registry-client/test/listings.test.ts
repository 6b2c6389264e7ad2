import { digestOf } from '@berth/oci';
import { afterEach, describe, expect, test } from '@jest/globals';
import { allOf } from './all-of.ts';
import { sendJson } from './local-server.ts';
import { closeServed, serveClient } from './served-client.ts';

afterEach(closeServed);

const DIGEST = digestOf(Buffer.from('subject'));

describe('lists', () => {
  const PAGES: Record<string, { names: string[] | null; link?: string }> = {
    '/v2/acme/web/tags/list?n=2&last=0': {
      names: ['a', 'b'],
      link: '</v2/acme/web/tags/list?n=2&last=b>; rel="next"',
    },
    '/v2/acme/web/tags/list?n=2&last=b': { names: [], link: '<list?n=2&last=c>; rel="next"' },
    '/v2/acme/web/tags/list?n=2&last=c': { names: ['d'] },
    '/v2/acme/empty/tags/list': { names: null },
    '/v2/acme/loop/tags/list': { names: ['a'], link: '</v2/acme/loop/tags/list?x=1>; rel="next"' },
    '/v2/acme/loop/tags/list?x=1': { names: ['b'], link: '</v2/acme/loop/tags/list>; rel="next"' },
    '/v2/acme/away/tags/list': { names: ['a'], link: '<http://elsewhere.example/v2/>; rel="next"' },
  };
  const servePages = () =>
    serveClient((request, response) => {
      const page = PAGES[request.url ?? ''];
      return page === undefined
        ? sendJson(response, 404, { errors: [{ code: 'NAME_UNKNOWN', message: 'unknown' }] })
        : sendJson(response, 200, { tags: page.names }, page.link === undefined ? {} : { link: page.link });
    });

  test('are followed by their links, also over an empty page', async () => {
    const { client } = await servePages();
    expect(await allOf(client.lists.tags('acme/web', { pageSize: 2, last: '0' }))).toEqual(['a', 'b', 'd']);
    expect(await allOf(client.lists.tags('acme/empty'))).toEqual([]);
  });

  test('are not asked for further than they are read', async () => {
    const { client, server } = await servePages();
    for await (const name of client.lists.tags('acme/web', { pageSize: 2, last: '0' })) {
      expect(name).toBe('a');
      break;
    }
    expect(server.seen).toHaveLength(1);
  });

  test('that go in circles, or away, are an error', async () => {
    const { client } = await servePages();
    await expect(allOf(client.lists.tags('acme/loop'))).rejects.toMatchObject({ code: 'PROTOCOL' });
    await expect(allOf(client.lists.tags('acme/away'))).rejects.toMatchObject({ code: 'PROTOCOL' });
    await expect(allOf(client.lists.tags('acme/none'))).rejects.toMatchObject({ status: 404 });
  });

  test('of referrers are filtered whether or not the registry does', async () => {
    const { client } = await serveClient((_request, response) =>
      sendJson(response, 200, {
        manifests: [
          { digest: DIGEST, mediaType: 'a/b', size: 1, artifactType: 'x/sbom' },
          { digest: DIGEST, mediaType: 'a/b', size: 1, artifactType: 'x/sig' },
        ],
      }),
    );
    expect(await allOf(client.lists.referrers('acme/web', DIGEST))).toHaveLength(2);
    expect(await allOf(client.lists.referrers('acme/web', DIGEST, { artifactType: 'x/sig' }))).toMatchObject([
      { artifactType: 'x/sig' },
    ]);
  });
});
