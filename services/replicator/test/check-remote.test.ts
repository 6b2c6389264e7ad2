import { openTemporaryStore } from '@berth/document-store/testing';
import { expect, test } from '@jest/globals';
import { settingsOf } from '../policies/find-policy.ts';
import { createPolicy, updatePolicy } from '../policies/save-policy.ts';
import { addEndpoint, openCopy } from './fixture.ts';

const registry = { id: 'r-acme', name: 'acme' };
const origin = { actor: { id: 'u-ann', kind: 'user', name: 'ann' }, via: 'api' } as const;

async function openPolicies() {
  const { store, dispose } = await openTemporaryStore();
  const { records } = openCopy(store);
  await addEndpoint(records);
  const create = (name: string, remoteRegistry?: string, isAdmin = false) =>
    createPolicy(records, {
      ...{ registry, origin, isAdmin },
      settings: {
        ...{ name, direction: 'pull', endpoint: 'e-west' },
        ...(remoteRegistry !== undefined && { remoteRegistry }),
      },
    });
  const allow = async (...remoteRegistries: string[]) => {
    const endpoint = await records.endpoints.get('e-west');
    if (endpoint !== null) await records.endpoints.replace({ ...endpoint, remoteRegistries });
  };
  return { records, create, allow, dispose };
}

test('a maintainer may name what is called as the own registry there, or what an administrator lists', async () => {
  const { create, allow, dispose } = await openPolicies();
  await create('own');
  await create('the same', 'acme');
  await expect(create('other', 'other')).rejects.toMatchObject({
    code: 'DENIED',
    message: expect.stringMatching(/endpoint "west" .* registry "acme" name acme there, not "other"/),
  });
  await create('by an administrator', 'other', true);
  await allow('library', 'team-*');
  await create('listed', 'team-a');
  await expect(create('beside the list', 'acme')).rejects.toMatchObject({ code: 'DENIED' });
  await dispose();
});

test('a policy that an administrator made may be changed in all but where it goes', async () => {
  const { records, create, dispose } = await openPolicies();
  const policy = await create('copies', 'other', true);
  const settings = settingsOf(policy);
  const change = { origin, isAdmin: false };
  const off = await updatePolicy(records, policy, { ...change, settings: { ...settings, enabled: false } });
  await expect(
    updatePolicy(records, off, { ...change, settings: { ...settings, remoteRegistry: 'third' } }),
  ).rejects.toMatchObject({ code: 'DENIED' });
  await dispose();
});
