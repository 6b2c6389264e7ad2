import { expect, test } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { HttpListen, hostAndPort, loadSettings, SettingsError } from '../index.ts';

const settings = Type.Object({ BERTH_HTTP_LISTEN: HttpListen });

test.each([
  [undefined, { host: '127.0.0.1', port: 0 }],
  ['0.0.0.0:8080', { host: '0.0.0.0', port: 8_080 }],
  ['[::1]:8080', { host: '::1', port: 8_080 }],
  ['localhost:1', { host: 'localhost', port: 1 }],
])('BERTH_HTTP_LISTEN=%s is a host and a port', (listen, expected) => {
  const { BERTH_HTTP_LISTEN } = loadSettings(settings, { BERTH_HTTP_LISTEN: listen });
  expect(hostAndPort(BERTH_HTTP_LISTEN)).toEqual(expected);
});

test.each(['8080', 'localhost', ':8080', 'localhost:http'])('BERTH_HTTP_LISTEN=%s is refused', (listen) => {
  expect(() => loadSettings(settings, { BERTH_HTTP_LISTEN: listen })).toThrow(SettingsError);
});
