import { type Credential, createManagementClient, type ManagementClient } from '@berth/management-client';
import { type Login, loginFile, readLogins } from './login-store.ts';
import { parseOrigin } from './origin.ts';
import { UsageError } from './usage-error.ts';
import type { World } from './world.ts';

/**
 * A client of the Berth that is meant: `--origin`, else BERTH_ORIGIN, else the one of the last login. As whom:
 * BERTH_USERNAME and BERTH_PASSWORD, else the session of the login there, else anybody.
 *
 * @throws UsageError when no Berth is named
 */
export async function openClient(world: World, origin: string | undefined): Promise<ManagementClient> {
  const target = await findTarget(world, origin);
  return createManagementClient({
    origin: target.origin,
    credential: credentialOf(world, target.login),
    fetch: world.fetch,
  });
}

/** The Berth that is meant, and the login there. */
export async function findTarget(
  world: World,
  origin: string | undefined,
): Promise<{ readonly origin: string; readonly login: Login | undefined }> {
  const logins = await readLogins(loginFile(world));
  const named = origin ?? (world.env.BERTH_ORIGIN || undefined);
  const found = named === undefined ? logins.current : parseOrigin(named);
  if (found === null)
    throw new UsageError('which Berth? Log in with "berth login <origin>", or set BERTH_ORIGIN');
  return { origin: found, login: logins.origins[found] };
}

function credentialOf({ env }: World, login: Login | undefined): Credential | undefined {
  const { BERTH_USERNAME: username, BERTH_PASSWORD: password } = env;
  if (username && password) return { kind: 'basic', username, password };
  if (username || password)
    throw new UsageError(`${username ? 'BERTH_PASSWORD' : 'BERTH_USERNAME'} is missing beside the other`);
  return login && { kind: 'session', token: login.token };
}
