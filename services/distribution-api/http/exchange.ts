import type { Actor, RepositoryName } from '@berth/contracts';
import type { Exchange } from '@berth/http';
import { OciError, parseDigest, parseRepositoryName } from '@berth/oci';
import type { RegistryIdentity } from '../access/authorize.ts';

export type RegistryExchange = Exchange<RegistryIdentity>;
export type RegistryHandler = (exchange: RegistryExchange) => Promise<void>;

/** The repository that the path names; NAME_INVALID. */
export function repositoryOf({ params }: RegistryExchange): RepositoryName {
  return parseRepositoryName(params.name ?? '');
}

/** The digest in the path; DIGEST_INVALID. */
export function digestOfPath({ params }: RegistryExchange): string {
  return parseDigest(params.digest ?? '').digest;
}

export function actorOf({ identity }: RegistryExchange): Actor {
  const { id, kind, name } = identity.principal;
  return { id, kind, name };
}

/** Is it the work of a service of this Berth, and nobody's own wish? */
export function isService({ identity }: RegistryExchange): boolean {
  return identity.principal.kind === 'service';
}

/**
 * Sent along by the replicator of another Berth: a label, which gives no right. It keeps a push from being sent on, so only robots are
 * believed: a person's push is never taken for a copy.
 */
const REPLICATION_HEADER = 'berth-replication';

/** Who asks, by which door and from where, as events tell it. */
export function originOf(exchange: RegistryExchange) {
  const isLabelled = exchange.request.headers[REPLICATION_HEADER] !== undefined;
  const isCopy = isService(exchange) || (isLabelled && exchange.identity.principal.kind === 'robot');
  return {
    actor: actorOf(exchange),
    via: isCopy ? 'replication' : 'docker',
    address: exchange.clientAddress.slice(0, 64),
  } as const;
}

/** May the caller push here? Then a HEAD is a pusher's question, on which the push relies. */
export function isPusher({ identity, params }: RegistryExchange): boolean {
  return identity.access.some(
    ({ type, name, actions }) => type === 'repository' && name === params.name && actions.includes('push'),
  );
}

export const MAX_PAGE = 1_000;

/** `?n=`: above zero; larger pages than 1,000 are not given. PAGINATION_NUMBER_INVALID. */
export function pageSize(query: URLSearchParams): number {
  const text = query.get('n');
  if (text === null) return MAX_PAGE;
  if (!/^\d{1,15}$/.test(text) || Number(text) === 0) {
    throw new OciError('PAGINATION_NUMBER_INVALID', {
      message: `n="${text.slice(0, 50)}" is not a number above zero`,
    });
  }
  return Math.min(Number(text), MAX_PAGE);
}

/** The `Link` to the next page (RFC 8288). */
export function nextLink(path: string, query: Record<string, string>): Record<string, string> {
  return { Link: `<${path}?${new URLSearchParams(query)}>; rel="next"` };
}
