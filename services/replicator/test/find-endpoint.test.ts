import { expect, test } from '@jest/globals';
import { nameEndpoint } from '../endpoints/find-endpoint.ts';

test('of an endpoint maintainers see its id, name and URL, and nothing of how it is logged in to', () => {
  const at = '2026-03-01T00:00:00.000Z';
  const named = { id: 'e-west', name: 'west', url: 'https://west.example.com' };
  expect(
    nameEndpoint({
      ...{ ...named, version: 1, skipTlsVerify: true, username: 'copier', sealedSecret: 'sealed' },
      ...{ realmHosts: ['auth.example.com'], createdAt: at, updatedAt: at },
      createdBy: { id: 'u-ann', kind: 'user', name: 'ann' },
    }),
  ).toEqual(named);
});
