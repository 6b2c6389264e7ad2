import { expect, test } from '@jest/globals';
import { checkEndpoint } from '../endpoints/check-endpoint.ts';

const check = (realmHosts: string[]) => checkEndpoint({ url: 'https://west.example.com', realmHosts }, false);

test('token servers are named by host, with a port or without', () => {
  check([
    'auth.example.com',
    'Auth.example.com:5001',
    '192.0.2.1:80',
    '[2001:db8::1]:5001',
    'bücher.example',
  ]);
});

test.each([
  'http://auth.example.com',
  'auth.example.com/token',
  'auth.example.com:',
  'auth.example.com:99999',
  'a b',
  '*',
  '*.example.com',
  'ada@auth.example.com',
  '[auth]',
  '%2a.example.com',
])('the realm host %s is refused by name', (host) => {
  expect(() => check(['auth.example.com', host])).toThrow(
    expect.objectContaining({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining(`/realmHosts/1 must be a host or host:port`),
      detail: { violations: [{ path: '/realmHosts/1', message: expect.stringContaining(`"${host}"`) }] },
    }),
  );
});
