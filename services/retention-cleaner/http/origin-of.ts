import type { Exchange, ManagementIdentity } from '@berth/http';
import type { Origin } from '../events.ts';

/** Who asks, as documents and events name them. */
export function originOf({ identity, clientAddress }: Exchange<ManagementIdentity>): Origin {
  const { id, kind, name } = identity.principal;
  return { actor: { id, kind, name }, via: 'api', address: clientAddress.slice(0, 64) };
}
