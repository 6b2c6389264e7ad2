import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROUTES, type RouteId } from '../../services/distribution-api/http/routes.ts';
import { IDENTITIES, type Identity, REGISTRIES, type RegistryName, startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

type Need = 'pull' | 'push' | 'delete' | 'pull or push' | 'login';

interface Row {
  readonly need: Need;
  readonly method: string;
  /** After `/v2/`. */
  path(world: World, registry: RegistryName): string;
  readonly body?: string;
  /** What whoever may is answered. */
  readonly allowed: number;
}

const of = (path: string) => (_: World, registry: RegistryName) => `${registry}/web/${path}`;
const withLayer = (world: World, registry: RegistryName) =>
  `${registry}/web/blobs/${world.imageOf(registry).layer}`;
const NOBODYS = `sha256:${'0'.repeat(64)}`;

/** One row for every route of `/v2`, tried without changing anything. */
const ROWS: Readonly<Record<RouteId, Row>> = {
  ping: { need: 'login', method: 'GET', path: () => '', allowed: 200 },
  pingHead: { need: 'login', method: 'HEAD', path: () => '', allowed: 200 },
  catalog: { need: 'login', method: 'GET', path: () => '_catalog', allowed: 200 },
  tagsList: { need: 'pull', method: 'GET', path: of('tags/list'), allowed: 200 },
  referrers: { need: 'pull', method: 'GET', path: of(`referrers/${NOBODYS}`), allowed: 200 },
  uploadStart: { need: 'push', method: 'POST', path: of('blobs/uploads/'), allowed: 202 },
  uploadStatus: { need: 'push', method: 'GET', path: of('blobs/uploads/none'), allowed: 404 },
  uploadAppend: { need: 'push', method: 'PATCH', path: of('blobs/uploads/none'), body: 'x', allowed: 404 },
  uploadComplete: {
    need: 'push',
    method: 'PUT',
    path: of(`blobs/uploads/none?digest=${NOBODYS}`),
    body: 'x',
    allowed: 404,
  },
  uploadCancel: { need: 'push', method: 'DELETE', path: of('blobs/uploads/none'), allowed: 404 },
  blobGet: { need: 'pull', method: 'GET', path: withLayer, allowed: 200 },
  blobHead: { need: 'pull or push', method: 'HEAD', path: withLayer, allowed: 200 },
  blobDelete: { need: 'delete', method: 'DELETE', path: withLayer, allowed: 409 },
  manifestGet: { need: 'pull', method: 'GET', path: of('manifests/1.0'), allowed: 200 },
  manifestHead: { need: 'pull or push', method: 'HEAD', path: of('manifests/1.0'), allowed: 200 },
  manifestPut: { need: 'push', method: 'PUT', path: of('manifests/2.0'), body: '{}', allowed: 400 },
  manifestDelete: { need: 'delete', method: 'DELETE', path: of(`manifests/${NOBODYS}`), allowed: 404 },
};

const HELD: Readonly<Record<Identity, readonly Need[]>> = {
  admin: ['pull', 'push', 'delete'],
  maintainer: ['pull', 'push', 'delete'],
  developer: ['pull', 'push'],
  robot: ['pull', 'push'],
  uploader: ['push'],
  viewer: ['pull'],
  plain: [],
  anonymous: [],
};

function may(identity: Identity, need: Need, registry: RegistryName): boolean {
  if (need === 'login') return identity !== 'anonymous';
  const isHere = registry === 'own' || identity === 'admin';
  const held = new Set<Need>([
    ...(isHere ? HELD[identity] : []),
    ...(registry === 'open' ? ['pull' as const] : []),
  ]);
  return need === 'pull or push' ? held.has('pull') || held.has('push') : held.has(need);
}

async function ask(row: Row, registry: RegistryName, authorization: string | undefined): Promise<Response> {
  const answer = await fetch(`${world.product.origin}/v2/${row.path(world, registry)}`, {
    method: row.method,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(row.method === 'PUT' ? { 'content-type': 'application/vnd.oci.image.manifest.v1+json' } : {}),
    },
    ...(row.body === undefined ? {} : { body: row.body }),
  });
  return answer;
}

/** A token as docker asks for one: for all that could be of use. */
async function tokenOf(identity: Identity, registry: RegistryName): Promise<string> {
  const authorization = world.basic(identity);
  const query = new URLSearchParams([
    ['service', 'berth'],
    ['scope', `repository:${registry}/web:pull,push,delete`],
    ['scope', 'registry:catalog:*'],
  ]);
  const answer = await fetch(`${world.product.origin}/token?${query}`, {
    headers: authorization === undefined ? {} : { authorization },
  });
  return `Bearer ${((await answer.json()) as { token: string }).token}`;
}

test('every route has a row', () => {
  expect(Object.keys(ROWS).sort()).toEqual(ROUTES.map(({ id }) => id).sort());
});

describe.each(Object.entries(ROWS))('%s', (_, row) => {
  test.each(['a token', 'Basic'])('with %s', async (how) => {
    const seen: Record<string, number> = {};
    const wanted: Record<string, number> = {};
    for (const registry of REGISTRIES) {
      for (const identity of IDENTITIES) {
        const who = `${identity} in ${registry}`;
        const isBasic = how === 'Basic' && identity !== 'anonymous';
        // Whoever has a valid token, also one of the public, has passed the ping.
        const isPing = row.path(world, registry) === '' && how === 'a token';
        wanted[who] = isPing || may(identity, row.need, registry) ? row.allowed : isBasic ? 403 : 401;
        const authorization = how === 'Basic' ? world.basic(identity) : await tokenOf(identity, registry);
        const answer = await ask(row, registry, authorization);
        await answer.arrayBuffer();
        seen[who] = answer.status;
      }
    }
    expect(seen).toEqual(wanted);
  });
});

describe('a refusal', () => {
  test.each([
    ['viewer', 'uploadStart', 'developer|uploader'],
    ['uploader', 'manifestGet', 'viewer'],
    ['developer', 'manifestDelete', 'maintainer'],
  ] as const)('tells %s at %s which role is missing', async (identity, route, role) => {
    const row = ROWS[route];
    const byToken = await ask(row, 'own', await tokenOf(identity, 'own'));
    const challenge = byToken.headers.get('www-authenticate') ?? '';
    expect(challenge).toMatch(/error="insufficient_scope"/);
    expect(challenge).toMatch(new RegExp(`error_description="[^"]*role (${role})`));
    const byBasic = await ask(row, 'own', world.basic(identity));
    expect(await byBasic.text()).toMatch(new RegExp(`"DENIED".*role (${role})`));
  });

  test('of a hidden repository and of one that does not exist are alike', async () => {
    for (const row of Object.values(ROWS)) {
      if (row.need === 'login') continue;
      const hidden = await ask(row, 'other', world.basic('plain'));
      const path = row.path(world, 'other').replace('other/', 'nobody/');
      const missing = await ask({ ...row, path: () => path }, 'other', world.basic('plain'));
      expect([missing.status, (await missing.text()).replaceAll('nobody', 'other')]).toEqual([
        hidden.status,
        await hidden.text(),
      ]);
    }
  });
});
