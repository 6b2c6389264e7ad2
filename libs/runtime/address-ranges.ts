import ipaddr from 'ipaddr.js';

export type IpAddress = ReturnType<typeof ipaddr.process>;

/** Ranges of IP addresses, as settings give them. */
export interface AddressRanges {
  /** IPv4 mapped into IPv6 counts as IPv4; what is no address is in no range. */
  includes(address: string | IpAddress): boolean;
}

/**
 * @param cidrs CIDRs or single addresses, IPv4 or IPv6
 * @throws TypeError naming the entry that is neither
 */
export function addressRanges(cidrs: readonly string[]): AddressRanges {
  const ranges = cidrs.map(parseRange);
  return {
    includes(address) {
      const parsed = typeof address === 'string' ? parseAddress(address) : address;
      return parsed !== undefined && ranges.some((range) => isWithin(parsed, range));
    },
  };
}

/** Undefined for what is neither an IPv4 nor an IPv6 address; IPv4 in its own form also where it comes mapped into IPv6. */
export function parseAddress(text: string): IpAddress | undefined {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)
    ? ipaddr.process(text)
    : undefined;
}

function parseRange(text: string): [IpAddress, number] {
  const [address = '', bits, ...more] = text.split('/');
  const network = parseAddress(address);
  const maxBits = network?.kind() === 'ipv6' ? 128 : 32;
  if (network === undefined || more.length > 0 || (bits !== undefined && !isBits(bits, maxBits))) {
    throw new TypeError(`"${text}" is neither an address nor a CIDR such as 10.0.0.0/8`);
  }
  return [network, bits === undefined ? maxBits : Number(bits)];
}

function isBits(text: string, maximum: number): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) <= maximum;
}

function isWithin(address: IpAddress, [network, bits]: [IpAddress, number]): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}
