import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { AddressPolicy } from './address-policy.ts';
import { OutboundError } from './outbound-error.ts';

/** All addresses of a name, in the order in which they are to be tried. Rejects when there are none. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** As the operating system resolves: hosts file, search domains, DNS. */
export const resolveBySystem: Resolve = (hostname) => lookup(hostname, { all: true });

/**
 * The addresses of a name, or the one that it is, without those that are not allowed.
 * @throws OutboundError NAME_NOT_RESOLVED, ADDRESS_NOT_ALLOWED when none is left
 */
export async function resolveAllowed(
  hostname: string,
  policy: AddressPolicy,
  resolve: Resolve,
): Promise<readonly LookupAddress[]> {
  const family = isIP(hostname);
  const all = family === 0 ? await resolved(hostname, resolve) : [{ address: hostname, family }];
  const allowed = all.filter(({ address }) => policy.refusal(address) === null);
  if (allowed.length > 0) return allowed;
  const [{ address }] = all as [LookupAddress];
  const where = family === 0 ? `${hostname} is at ${address}` : hostname;
  throw new OutboundError(
    'ADDRESS_NOT_ALLOWED',
    `${where}${family === 0 ? ',' : ' is'} ${policy.refusal(address)}: only public addresses and those in BERTH_OUTBOUND_ALLOW_CIDRS may be reached`,
  );
}

async function resolved(hostname: string, resolve: Resolve): Promise<readonly LookupAddress[]> {
  let addresses: readonly LookupAddress[];
  try {
    addresses = await resolve(hostname);
  } catch (error) {
    throw new OutboundError('NAME_NOT_RESOLVED', `the name ${hostname} cannot be resolved`, { cause: error });
  }
  if (addresses.length > 0) return addresses;
  throw new OutboundError('NAME_NOT_RESOLVED', `the name ${hostname} has no address`);
}
