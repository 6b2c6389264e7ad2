import { describe, expect, test } from '@jest/globals';
import { createAddressPolicy } from '../address-policy.ts';

const strict = createAddressPolicy([]);

describe('the address policy', () => {
  test.each([
    ['127.0.0.1', 'a loopback address'],
    ['127.255.255.254', 'a loopback address'],
    ['0.0.0.0', 'the unspecified address'],
    ['10.1.2.3', 'a private address'],
    ['172.16.0.1', 'a private address'],
    ['172.31.255.255', 'a private address'],
    ['192.168.1.1', 'a private address'],
    ['169.254.169.254', 'a link-local address'],
    ['100.64.0.1', 'a carrier-grade NAT address'],
    ['224.0.0.1', 'a multicast address'],
    ['255.255.255.255', 'the broadcast address'],
    ['192.0.2.1', 'a reserved address'],
    ['198.18.0.1', 'a reserved address'],
    ['240.0.0.1', 'a reserved address'],
    ['::', 'the unspecified address'],
    ['::1', 'a loopback address'],
    ['fe80::1', 'a link-local address'],
    ['fe80::1%eth0', 'a link-local address'],
    ['fd12:3456::1', 'a private (unique local) address'],
    ['ff02::1', 'a multicast address'],
    ['::ffff:127.0.0.1', 'a loopback address'],
    ['::ffff:a9fe:a9fe', 'a link-local address'],
    ['64:ff9b::10.0.0.1', 'a private address'],
    ['64:ff9b::127.0.0.1', 'a loopback address'],
    ['2002:7f00:1::', 'a reserved address'],
    ['2001:0:7f00:1::', 'a reserved address'],
    ['::127.0.0.1', 'a loopback address'],
    ['2001:db8::1', 'a reserved address'],
    ['100::1', 'a reserved address'],
    ['::10.0.0.1', 'a private address'],
    ['64:ff9b:1::7f00:1', 'a loopback address'],
    ['4000::1', 'a reserved address'],
    ['fe00::1', 'a reserved address'],
    ['example.com', 'no IP address'],
    ['127.1', 'no IP address'],
  ])('refuses %s as %s', (address, kind) => {
    expect(strict.refusal(address)).toBe(kind);
  });

  test.each([
    '93.184.216.34',
    '1.1.1.1',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '::ffff:1.1.1.1',
    '64:ff9b::1.1.1.1',
  ])('allows the public address %s', (address) => {
    expect(strict.refusal(address)).toBeNull();
  });

  test('allows what the list names, in each form that reaches it, and nothing beside it', () => {
    const policy = createAddressPolicy(['10.20.0.0/16', '127.0.0.1', 'fd00:1::/32']);
    for (const address of [
      '10.20.255.1',
      '::ffff:10.20.0.1',
      '64:ff9b::10.20.0.1',
      '127.0.0.1',
      'fd00:1::5',
    ]) {
      expect([address, policy.refusal(address)]).toEqual([address, null]);
    }
    for (const address of ['10.21.0.1', '127.0.0.2', 'fd00:2::5', '169.254.169.254']) {
      expect([address, policy.refusal(address)]).not.toEqual([address, null]);
    }
  });

  test.each(['10.0.0.0/33', '10.0.0.0/', '10.0/8', '10.0.0.0/8/8', 'internal', '10.0.0', ''])(
    'names the entry %j that is none',
    (entry) => {
      expect(() => createAddressPolicy([entry])).toThrow(`"${entry}" is neither an address nor a CIDR`);
    },
  );
});
