import type { Collection } from '@berth/document-store';
import type { Clock, Logger } from '@berth/runtime';
import type { PasswordHasher } from './credentials/password-hasher.ts';
import type { Session } from './documents/session.ts';
import type { User } from './documents/user.ts';
import type { KeyRing } from './signing-keys/key-ring.ts';
import type { Authenticator } from './use-cases/authenticate.ts';
import type { TokenIssuer } from './use-cases/issue-token.ts';
import type { RegistryAccess } from './use-cases/registry-access.ts';

/** What the doors of the service, RPC and HTTP, call into. */
export interface AccessService {
  readonly users: Collection<User>;
  readonly sessions: Collection<Session>;
  readonly hasher: PasswordHasher;
  readonly authenticator: Authenticator;
  readonly registryAccess: RegistryAccess;
  readonly keys: KeyRing;
  readonly tokens: TokenIssuer;
  readonly clock: Clock;
  readonly logger: Logger;
}
