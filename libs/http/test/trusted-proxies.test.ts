import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { clientAddress, publicOrigin, trustedProxies } from '../index.ts';

const proxies = trustedProxies(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);

/** The parts of a request that are looked at. */
function request(remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

describe('clientAddress', () => {
  test.each([
    ['203.0.113.9', '198.51.100.1', '203.0.113.9', 'an untrusted peer is not believed'],
    ['127.0.0.1', '198.51.100.1', '198.51.100.1', 'a trusted peer is'],
    ['::ffff:127.0.0.1', '198.51.100.1', '198.51.100.1', 'also mapped into IPv6'],
    ['127.0.0.1', '6.6.6.6, 198.51.100.1, 10.1.2.3', '198.51.100.1', 'the nearest untrusted hop counts'],
    ['127.0.0.1', '10.9.9.9, 10.1.2.3', '10.9.9.9', 'all trusted: the farthest'],
    ['127.0.0.1', 'nonsense, 10.1.2.3', '10.1.2.3', 'nonsense ends the walk'],
    ['127.0.0.1', '198.51.100.1:4711', '198.51.100.1', 'a port is dropped'],
    ['127.0.0.1', '[2001:db8::1]:4711', '2001:db8::1', 'also with IPv6'],
    ['fd00::5', '2001:db8::1', '2001:db8::1', 'IPv6 proxies'],
  ])('%s with %s is %s: %s', (peer, forwarded, expected) => {
    expect(clientAddress(request(peer, { 'x-forwarded-for': forwarded }), proxies)).toBe(expected);
  });

  test('refuses what is no address', () => {
    expect(() => trustedProxies(['10.0.0.0/33'])).toThrow('"10.0.0.0/33"');
    expect(() => trustedProxies(['gateway'])).toThrow('"gateway"');
  });
});

describe('publicOrigin', () => {
  const forwarded = {
    'x-forwarded-host': 'berth.example.com',
    'x-forwarded-proto': 'https',
    host: 'inner:5001',
  };

  test('is the public URL where there is one', () => {
    const origin = publicOrigin({ publicUrl: 'https://berth.example.com:443/', proxies });
    expect(origin(request('203.0.113.9', { host: 'evil' }))).toBe('https://berth.example.com');
    expect(() => publicOrigin({ publicUrl: 'https://a/b', proxies })).toThrow('without a path');
  });

  test('else what a trusted proxy forwards, else the host of the request', () => {
    const origin = publicOrigin({ proxies });
    expect(origin(request('127.0.0.1', forwarded))).toBe('https://berth.example.com');
    expect(origin(request('203.0.113.9', forwarded))).toBe('http://inner:5001');
    expect(origin(request('203.0.113.9', { host: '[::1]:5000' }))).toBe('http://[::1]:5000');
  });

  test.each(['', 'a"b', 'a b', 'a/b', 'user@host', 'host:port'])('refuses the host %j', (host) => {
    expect(() => publicOrigin({ proxies })(request('203.0.113.9', { host }))).toThrow('is not a host name');
  });
});
