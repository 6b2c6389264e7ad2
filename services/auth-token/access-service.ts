import type { PasswordHasher } from './credentials/password-hasher.ts';
import type { Facts } from './facts.ts';
import type { Authenticator } from './logins/authenticate.ts';
import type { LastUses } from './logins/last-uses.ts';
import type { LoginRecords } from './logins/login-records.ts';
import type { PasswordLogins } from './logins/password-login.ts';
import type { HoldingsSource } from './roles/holdings.ts';
import type { RegistryAccess } from './roles/registry-access.ts';
import type { KeyRing } from './signing-keys/key-ring.ts';
import type { TokenIssuer } from './tokens/issue-token.ts';

/** What the doors of the service, RPC and HTTP, call into. */
export interface AccessService {
  readonly facts: Facts;
  readonly hasher: PasswordHasher;
  readonly authenticator: Authenticator;
  readonly passwords: PasswordLogins;
  readonly records: LoginRecords;
  readonly lastUses: LastUses;
  readonly holdings: HoldingsSource;
  readonly registryAccess: RegistryAccess;
  /** Those that registry tokens are signed with. */
  readonly keys: KeyRing;
  readonly tokens: TokenIssuer;
}
