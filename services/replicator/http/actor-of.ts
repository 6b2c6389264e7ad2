import type { Actor } from '@berth/contracts';
import type { Exchange, ManagementIdentity } from '@berth/http';

/** Who asks, as documents and events name them. */
export function actorOf({ identity }: Exchange<ManagementIdentity>): Actor {
  const { id, kind, name } = identity.principal;
  return { id, kind, name };
}
