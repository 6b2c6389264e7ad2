import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import type { AddressPolicy } from './address-policy.ts';
import { type Resolve, resolveAllowed } from './guarded-resolver.ts';

/** How the certificate of a target is checked. */
export interface TlsTrust {
  /** PEM of the authorities that are trusted in place of the public ones. */
  readonly caCertificate?: string;
  /** Any certificate will do. */
  readonly skipVerify?: boolean;
}

export interface GuardOptions {
  readonly policy: AddressPolicy;
  readonly resolve: Resolve;
  readonly connectTimeoutMs: number;
  /** The longest silence of a target, before its headers and between two pieces of its body. */
  readonly idleTimeoutMs: number;
  readonly connectionsPerTarget: number | null;
}

/**
 * Pooled connections over undici, each to an address that was checked when it was connected: the look-up of the socket
 * itself yields allowed addresses only, so a name cannot change between check and connection.
 */
export function createGuardedAgent(options: GuardOptions, trust: TlsTrust): Agent {
  const { policy, resolve, idleTimeoutMs } = options;
  const lookup: LookupFunction = (hostname, { all }, callback) => {
    resolveAllowed(hostname, policy, resolve).then(
      (addresses) => {
        const [{ address, family }] = addresses as [LookupAddress];
        all === true ? callback(null, [...addresses]) : callback(null, address, family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
  const connect = buildConnector({
    allowH2: false,
    timeout: options.connectTimeoutMs,
    rejectUnauthorized: trust.skipVerify !== true,
    ...(trust.caCertificate !== undefined && { ca: trust.caCertificate }),
    lookup,
  });
  return new Agent({
    allowH2: false,
    connections: options.connectionsPerTarget,
    headersTimeout: idleTimeoutMs,
    bodyTimeout: idleTimeoutMs,
    connect: (target, callback) => {
      // An address is connected to without a look-up.
      if (isIP(target.hostname) === 0) {
        connect(target, callback);
        return;
      }
      resolveAllowed(target.hostname, policy, resolve).then(
        () => connect(target, callback),
        (error: Error) => callback(error, null),
      );
    },
  });
}
