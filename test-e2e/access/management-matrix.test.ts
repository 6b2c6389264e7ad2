import { MANAGEMENT_API, type OperationId } from '@berth/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Least, MANAGEMENT_ROWS, NOT_FOUND, type Row } from './management-rows.ts';
import { IDENTITIES, type Identity, REGISTRIES, type RegistryName, startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

const ORDER: readonly Least[] = ['viewer', 'developer', 'maintainer', 'admin'];
/** An uploader lists as a viewer does; what a developer may besides, an uploader may not. */
const RANK: Readonly<Record<Identity, number>> = {
  anonymous: -1,
  plain: -1,
  viewer: 0,
  uploader: 0,
  developer: 1,
  robot: 1,
  maintainer: 2,
  admin: 3,
};

/** How far somebody's role reaches in a registry; -1 for none. Everybody who is known views a public one. */
function rankIn(identity: Identity, registry: RegistryName): number {
  if (identity === 'admin') return RANK.admin;
  const held = registry === 'own' ? RANK[identity] : -1;
  return registry === 'open' ? Math.max(held, 0) : held;
}

function expected(row: Row, identity: Identity, registry: RegistryName): number | string {
  if (row.least === 'public') return row.allowed;
  if (identity === 'anonymous') return 401;
  if (row.least === 'signedIn') return row.allowed;
  if (row.least === 'person') return identity === 'robot' ? 403 : row.allowed;
  if (row.of === 'system') return identity === 'admin' ? row.allowed : 403;
  const rank = rankIn(identity, registry);
  if (rank >= ORDER.indexOf(row.least)) return row.allowed;
  if (rank >= 0) return 403;
  return row.of === 'registry' ? 'REGISTRY_NOT_FOUND' : NOT_FOUND[row.of];
}

test('every operation has a row', () => {
  expect(Object.keys(MANAGEMENT_ROWS).sort()).toEqual(Object.keys(MANAGEMENT_API).sort());
});

describe.each(Object.entries(MANAGEMENT_ROWS) as [OperationId, Row][])('%s', (operation, row) => {
  test('is for those who may, and refused to others as documented', async () => {
    const registries = row.of === 'system' ? (['own'] as const) : REGISTRIES;
    const wanted: Record<string, number | string> = {};
    const seen: Record<string, number | string | undefined> = {};
    for (const registry of registries) {
      for (const identity of IDENTITIES) {
        const who = `${identity} in ${registry}`;
        wanted[who] = expected(row, identity, registry);
        const answer = await world.call(identity, operation, row.request?.(world, registry));
        seen[who] = typeof wanted[who] === 'string' ? answer.code : answer.status;
      }
    }
    expect(seen).toEqual(wanted);
  });

  if (row.of === 'registry')
    test('a registry that is hidden and one that is missing are answered alike', async () => {
      const request = row.request?.(world, 'other') ?? {};
      const missing = JSON.parse(JSON.stringify(request).replaceAll('"other"', '"missing"'));
      const [hidden, absent] = [
        await world.call('plain', operation, request),
        await world.call('plain', operation, missing),
      ];
      expect([hidden.status, JSON.stringify(hidden.body)]).toEqual([
        absent.status,
        JSON.stringify(absent.body).replaceAll('missing', 'other'),
      ]);
    });
});
