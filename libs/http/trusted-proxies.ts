import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import { addressRanges, parseAddress } from '@berth/runtime';

/** Which peers are believed when they forward for somebody. */
export interface TrustedProxies {
  includes(address: string): boolean;
}

/**
 * @param cidrs CIDRs or single addresses, IPv4 or IPv6
 * @throws TypeError naming the entry that is neither
 */
export function trustedProxies(cidrs: readonly string[]): TrustedProxies {
  const ranges = addressRanges(cidrs);
  const known = new Map<string, boolean>();
  return {
    includes(address) {
      const answer = known.get(address);
      if (answer !== undefined) return answer;
      const isTrusted = ranges.includes(address);
      if (known.size >= 1_000) known.clear();
      known.set(address, isTrusted);
      return isTrusted;
    },
  };
}

/** The address of the peer, IPv4 in its own form also where it came mapped into IPv6. */
export function peerAddress(request: IncomingMessage): string {
  const address = request.socket.remoteAddress ?? '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** The nearest address that is no trusted proxy: the peer, or the last such entry of `X-Forwarded-For`. */
export function clientAddress(request: IncomingMessage, proxies: TrustedProxies): string {
  let client = peerAddress(request);
  const forwarded = request.headers['x-forwarded-for'];
  if (forwarded === undefined || !proxies.includes(client)) return client;
  const hops = (typeof forwarded === 'string' ? forwarded : forwarded.join(',')).split(',');
  for (let index = hops.length - 1; index >= 0 && proxies.includes(client); index--) {
    const hop = withoutPort(hops[index]?.trim() ?? '');
    const address = isIPv4(hop) ? hop : parseAddress(hop)?.toString();
    if (address === undefined) break;
    client = address;
  }
  return client;
}

function withoutPort(hop: string): string {
  const match = /^\[([^\]]+)\](?::\d+)?$|^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(hop);
  return match?.[1] ?? match?.[2] ?? hop;
}
