import { addressRanges, type IpAddress, parseAddress } from '@berth/runtime';
import ipaddr from 'ipaddr.js';

/** Which addresses the platform may connect to. */
export interface AddressPolicy {
  /** Null when the address is allowed, else what it is, in words: `a loopback address`. */
  refusal(address: string): string | null;
}

/** The registered ranges (IANA special-purpose registries, RFC 6890) as people call them; all that is not here is "reserved". */
const KINDS: Readonly<Record<string, string>> = {
  loopback: 'a loopback address',
  private: 'a private address',
  uniqueLocal: 'a private (unique local) address',
  linkLocal: 'a link-local address',
  carrierGradeNat: 'a carrier-grade NAT address',
  unspecified: 'the unspecified address',
  multicast: 'a multicast address',
  broadcast: 'the broadcast address',
};

/**
 * Public unicast addresses, and those that the allow-list names. An IPv4 address written into an IPv6 one (mapped, or NAT64's
 * `64:ff9b::/96`) is judged as the IPv4 address that it reaches; 6to4 and Teredo are reserved, and so is all of IPv6 outside
 * `2000::/3`, from which alone public addresses are given (RFC 4291, RFC 7249).
 * @param allowedCidrs CIDRs or single addresses
 * @throws TypeError naming the entry that is neither
 */
export function createAddressPolicy(allowedCidrs: readonly string[]): AddressPolicy {
  const allowed = addressRanges(allowedCidrs);
  return {
    refusal(text) {
      const address = parseAddress(text);
      if (address === undefined) return 'no IP address';
      const reached = reachedBy(address);
      if (allowed.includes(address) || allowed.includes(reached)) return null;
      const range = reached.range();
      if (range !== 'unicast') return KINDS[range] ?? 'a reserved address';
      return isGiven(reached) ? null : 'a reserved address';
    },
  };
}

function reachedBy(address: IpAddress): IpAddress {
  if (address.kind() !== 'ipv6' || address.range() !== 'rfc6052') return address;
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}

const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

function isGiven(address: IpAddress): boolean {
  return address instanceof ipaddr.IPv6 ? address.match(GLOBAL_UNICAST) : true;
}
