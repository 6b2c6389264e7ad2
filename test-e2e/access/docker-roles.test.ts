import { temporaryFolder } from '@berth/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ClientDriver } from '../clients/client-driver.ts';
import { docker } from '../clients/drivers/docker.ts';
import { makeImage } from '../images/test-image.ts';
import { describeWith } from '../support/needs-programs.ts';
import { type Identity, startWorld, type World } from './world.ts';

/** What docker is told where a role is missing. */
const missing = (role: string) => new RegExp(`needs the role ${role}|denied|unauthorized|insufficient_scope`);

describeWith(
  { programs: docker.programs, obstacle: docker.obstacle?.() ?? null },
  'docker as each role',
  () => {
    let world: World;
    let client: ClientDriver;
    const image = makeImage([2_000]);

    beforeAll(async () => {
      world = await startWorld();
      client = await docker.start({ host: world.product.host, folder: await temporaryFolder() });
      await login('admin');
      await client.push(image, 'own/app:1.0');
      await client.push(image, 'open/app:1.0');
    });

    afterAll(async () => {
      await client?.close?.();
      await world?.stop();
    });

    async function login(identity: Identity): Promise<void> {
      await client.logout();
      const credential = world.credential(identity);
      if (credential) await client.login(credential.username, credential.password);
    }

    const roles: readonly (readonly [Identity, { push: boolean; pull: boolean }])[] = [
      ['maintainer', { push: true, pull: true }],
      ['developer', { push: true, pull: true }],
      ['robot', { push: true, pull: true }],
      ['uploader', { push: true, pull: false }],
      ['viewer', { push: false, pull: true }],
      ['plain', { push: false, pull: false }],
      ['anonymous', { push: false, pull: false }],
    ];

    test.each(roles)('%s logs in, and pushes and pulls as documented', async (identity, may) => {
      await login(identity);
      const push = client.push(makeImage([1_000]), `own/app:${identity}`);
      if (may.push) await push;
      else await expect(push).rejects.toThrow(missing('uploader'));
      const pull = client.pull('own/app:1.0');
      if (may.pull) await pull;
      else await expect(pull).rejects.toThrow(missing('viewer'));
      await client.pull('open/app:1.0');
    });

    test('a viewer whose push is refused reads which role is missing', async () => {
      await login('viewer');
      await expect(client.push(makeImage([1_000]), 'own/app:mine')).rejects.toThrow(
        /'viewer' needs the role (uploader|developer)/,
      );
    });

    test('an access key pushes and pulls as its owner, until it is disabled', async () => {
      const credential = world.credential('developer');
      if (credential === undefined) throw new Error('the developer has a password');
      const { body: key } = await world.call('developer', 'createKey', { body: { description: 'laptop' } });
      await client.logout();
      await client.login(key.id, key.secret);
      await client.push(makeImage([1_000]), 'own/app:by-key');
      await world.call('developer', 'updateKey', { params: { id: key.id }, body: { enabled: false } });
      await client.logout();
      await expect(client.login(key.id, key.secret)).rejects.toThrow(/unauthorized|401/i);
    });

    test('what was public is pulled without a login no longer once it is private', async () => {
      await client.logout();
      await client.removeLocal('open/app:1.0');
      await client.pull('open/app:1.0');
      await client.removeLocal('open/app:1.0');
      await world.call('admin', 'updateRegistry', {
        params: { registry: 'open' },
        body: { visibility: 'private' },
      });
      // distribution-api remembers for some seconds what the public may.
      const refusedAt = Date.now() + 15_000;
      for (;;) {
        try {
          await client.pull('open/app:1.0');
          await client.removeLocal('open/app:1.0');
          if (Date.now() > refusedAt) throw new Error('the public still pulls');
        } catch (error) {
          expect(String(error)).toMatch(/denied|unauthorized|no basic auth/i);
          return;
        }
      }
    });
  },
);
