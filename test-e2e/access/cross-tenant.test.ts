import { randomBytes } from 'node:crypto';
import { digestOf } from '@berth/oci';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { IDENTITIES, type Identity, startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

function ask(identity: Identity, method: string, path: string, body?: string | Buffer): Promise<Response> {
  const authorization = world.basic(identity);
  return fetch(`${world.product.origin}${path}`, {
    method,
    redirect: 'manual',
    headers: authorization === undefined ? {} : { authorization },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
  });
}

async function beginUpload(identity: Identity, repository: string): Promise<string> {
  const answer = await ask(identity, 'POST', `/v2/${repository}/blobs/uploads/`);
  expect(answer.status).toBe(202);
  return (answer.headers.get('location') ?? '').split('/').at(-1) ?? '';
}

describe('an upload', () => {
  test.each([
    ['of another registry', 'own/web', 'developer'],
    ['of another image', 'own/app', 'developer'],
    ['of another person', 'own/web', 'maintainer'],
  ] as const)('%s is not there, whatever is done with it', async (what, repository, identity) => {
    const home = what === 'of another registry' ? 'other/web' : 'own/web';
    const starter = what === 'of another registry' ? 'admin' : 'developer';
    const id = await beginUpload(starter, home);
    const digest = digestOf(Buffer.from('x'));
    for (const [method, query, body] of [
      ['GET', '', undefined],
      ['PATCH', '', 'x'],
      ['PUT', `?digest=${digest}`, 'x'],
      ['DELETE', '', undefined],
    ] as const) {
      const answer = await ask(identity, method, `/v2/${repository}/blobs/uploads/${id}${query}`, body);
      expect([method, answer.status]).toEqual([method, 404]);
      expect(await answer.text()).toContain('BLOB_UPLOAD_UNKNOWN');
    }
    expect((await ask(starter, 'GET', `/v2/${home}/blobs/uploads/${id}`)).status).toBe(204);
  });
});

describe('a blob of a registry that one cannot read', () => {
  test('is not mounted, and the answer is that for a blob that nobody has', async () => {
    const { layer } = world.imageOf('other');
    const nobodys = digestOf(randomBytes(16));
    for (const digest of [layer, nobodys]) {
      for (const from of ['&from=other/web', '']) {
        const answer = await ask('developer', 'POST', `/v2/own/web/blobs/uploads/?mount=${digest}${from}`);
        expect([answer.status, answer.headers.get('docker-content-digest')]).toEqual([202, null]);
      }
    }
    expect((await ask('developer', 'HEAD', `/v2/own/web/blobs/${layer}`)).status).toBe(404);
  });

  test('is not mounted by an uploader from an own image either, who may not read it', async () => {
    const { layer } = world.imageOf('own');
    const answer = await ask('uploader', 'POST', `/v2/own/app/blobs/uploads/?mount=${layer}&from=own/web`);
    expect(answer.status).toBe(202);
  });

  test('cannot be had by its digest, nor by a manifest that names it', async () => {
    const { layer, manifest } = world.imageOf('other');
    expect((await ask('developer', 'GET', `/v2/own/web/blobs/${layer}`)).status).toBe(404);
    expect((await ask('developer', 'GET', `/v2/own/web/manifests/${manifest}`)).status).toBe(404);
    const body = await (await ask('admin', 'GET', `/v2/other/web/manifests/${manifest}`)).text();
    const pushed = await fetch(`${world.product.origin}/v2/own/web/manifests/stolen`, {
      method: 'PUT',
      headers: {
        authorization: world.basic('developer') ?? '',
        'content-type': 'application/vnd.oci.image.manifest.v1+json',
      },
      body,
    });
    expect([pushed.status, await pushed.text()]).toEqual([
      404,
      expect.stringContaining('MANIFEST_BLOB_UNKNOWN'),
    ]);
  });
});

describe('HEAD where neither pull nor push is held', () => {
  test.each(['plain', 'viewer', 'robot'] as const)('tells %s nothing', async (identity) => {
    const { layer, manifest } = world.imageOf('other');
    const nobodys = digestOf(randomBytes(16));
    const statuses = [];
    for (const path of [
      `blobs/${layer}`,
      `blobs/${nobodys}`,
      `manifests/${manifest}`,
      'manifests/1.0',
      'manifests/none',
    ]) {
      const answer = await ask(identity, 'HEAD', `/v2/other/web/${path}`);
      expect(answer.headers.get('docker-content-digest')).toBeNull();
      statuses.push(answer.status);
    }
    expect(new Set(statuses)).toEqual(new Set([403]));
  });
});

describe('lists', () => {
  const visible: Record<Identity, readonly string[]> = {
    admin: ['open', 'other', 'own'],
    maintainer: ['open', 'own'],
    developer: ['open', 'own'],
    uploader: ['open', 'own'],
    viewer: ['open', 'own'],
    robot: ['open', 'own'],
    plain: ['open'],
    anonymous: [],
  };

  test.each(IDENTITIES.filter((identity) => identity !== 'anonymous'))(
    'show %s no more than may be seen',
    async (identity) => {
      const names = visible[identity];
      const { body } = await world.call(identity, 'listRegistries');
      expect(body.items.map(({ name }: { name: string }) => name)).toEqual(names);
      const found = await world.call(identity, 'listRegistries', { query: { name: 'other' } });
      expect(found.body.items.length).toBe(identity === 'admin' ? 1 : 0);
      const catalog = await ask(identity, 'GET', '/v2/_catalog');
      const { repositories } = (await catalog.json()) as { repositories: string[] };
      expect([...new Set(repositories.map((name) => name.split('/')[0]))]).toEqual(names);
    },
  );
});

describe('an object of another registry', () => {
  test.each([
    ['getWebhook', 'webhook', 'WEBHOOK_NOT_FOUND'],
    ['listDeliveries', 'webhook', 'WEBHOOK_NOT_FOUND'],
    ['getRobot', 'robot', 'ROBOT_NOT_FOUND'],
    ['getGrant', 'grant', 'GRANT_NOT_FOUND'],
    ['getProtectionPolicy', 'policy', 'POLICY_NOT_FOUND'],
  ] as const)('%s answers as for one that does not exist', async (operation, kind, code) => {
    const id = world.objectId('other', kind);
    const hidden = await world.call('maintainer', operation, { params: { id } });
    const missing = await world.call('maintainer', operation, { params: { id: `${id.slice(0, -3)}zzz` } });
    expect([hidden.status, hidden.code, missing.status, missing.code]).toEqual([404, code, 404, code]);
  });

  test('a delivery is looked up together with its webhook', async () => {
    const test = await world.call('admin', 'testWebhook', {
      params: { id: world.objectId('other', 'webhook') },
    });
    const deliveryId = test.body.id;
    const stolen = await world.call('maintainer', 'getDelivery', {
      params: { id: world.objectId('own', 'webhook'), deliveryId },
    });
    expect([stolen.status, stolen.code]).toEqual([404, 'DELIVERY_NOT_FOUND']);
  });
});
