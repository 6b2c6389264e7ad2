import type { OperationId } from '@berth/contracts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ManagementRequest } from './management-client.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

const own = (kind: Parameters<World['objectId']>[1]) => () => ({
  params: { id: world.objectId('own', kind) },
});
const image = { registry: 'own', image: 'web' };

/** What changes or deletes something that is there. Sessions have no version. */
const WRITES: readonly (readonly [OperationId, () => ManagementRequest])[] = [
  ['updateRegistry', () => ({ params: { registry: 'own' }, body: {} })],
  ['deleteRegistry', () => ({ params: { registry: 'own' } })],
  ['deleteImage', () => ({ params: image })],
  ['deleteArtifact', () => ({ params: { ...image, digest: world.imageOf('own').manifest } })],
  ['putTag', () => ({ params: { ...image, tag: '1.0' }, body: { digest: world.imageOf('own').manifest } })],
  ['deleteTag', () => ({ params: { ...image, tag: '1.0' } })],
  ['updateProtectionPolicy', () => ({ ...own('policy')(), body: {} })],
  ['deleteProtectionPolicy', own('policy')],
  ['updateUser', () => ({ params: { username: 'plain' }, body: {} })],
  ['deleteUser', () => ({ params: { username: 'plain' } })],
  ['updateRobot', () => ({ ...own('robot')(), body: {} })],
  ['deleteRobot', own('robot')],
  ['deleteGrant', own('grant')],
  ['updateWebhook', () => ({ ...own('webhook')(), body: {} })],
  ['deleteWebhook', own('webhook')],
];

test.each(WRITES)('%s is not done against what its condition says', async (operation, request) => {
  for (const headers of [{ 'if-match': '"0"' }, { 'if-none-match': '*' }]) {
    const answer = await world.call('admin', operation, { ...request(), headers });
    expect([headers, answer.status, answer.code]).toEqual([headers, 412, 'PRECONDITION_FAILED']);
  }
});
