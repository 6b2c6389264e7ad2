import { createManagementClient, isManagementError, type ResultOf } from '@berth/management-client';
import type { Argv } from 'yargs';
import { ask, readPassword } from '../ask.ts';
import type { Act, Cli } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { loginFile, readLogins, withLogin, withoutLogin, writeLogins } from '../login-store.ts';
import { isInsecure, parseOrigin } from '../origin.ts';
import { showFlag, showList } from '../output/format.ts';
import { createOutput, type OutputOptions } from '../output/output.ts';
import type { View } from '../output/view.ts';
import { findTarget } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import { isInteractive, type World } from '../world.ts';

/** Signing in and out, and who one is. */
export function withLoginCommands(cli: Cli, act: Act, world: World): Cli {
  return cli
    .command(
      'login [server]',
      'Open a session, which further commands use',
      (y) =>
        withServer(y)
          .option('username', { alias: 'u', type: 'string', requiresArg: true })
          .option('password-stdin', { type: 'boolean', describe: 'read the password from standard input' }),
      async (args) => logIn(world, args),
    )
    .command(
      'logout [server]',
      'End the session',
      (y) => withServer(y),
      async (args) => logOut(world, args),
    )
    .command(
      'whoami',
      'Who I am there',
      (y) => y,
      act(async ({ client, output }) => output.one(ME_VIEW, (await client.call('getMe')).body)),
    );
}

interface LoginOptions extends OutputOptions {
  readonly server?: string | undefined;
  readonly origin?: string | undefined;
  readonly username?: string | undefined;
  readonly passwordStdin?: boolean | undefined;
}

async function logIn(world: World, args: LoginOptions): Promise<void> {
  const output = createOutput(world, args);
  const named = args.server ?? args.origin ?? world.env.BERTH_ORIGIN;
  if (!named) throw new UsageError('log in where? berth login <origin>');
  const origin = parseOrigin(named);
  if (isInsecure(origin))
    await output.note(`${origin} is not encrypted: others may read the password on its way`);
  const username = args.username ?? world.env.BERTH_USERNAME ?? (await askUsername(world));
  const given = args.passwordStdin ? undefined : world.env.BERTH_PASSWORD;
  const password = given ?? (await readPassword(world, `Password of ${username}`, args));
  const client = createManagementClient({ origin, fetch: world.fetch });
  const { token, expiresAt } = (await client.call('openSession', { body: { username, password } })).body;
  const file = loginFile(world);
  await writeLogins(file, withLogin(await readLogins(file), origin, { username, token, expiresAt }));
  await output.done(`logged in to ${origin} as ${username}, until ${expiresAt}`);
}

async function logOut(world: World, args: LoginOptions): Promise<void> {
  const output = createOutput(world, args);
  const { origin, login } = await findTarget(world, args.server ?? args.origin);
  if (login === undefined) throw new CommandError(`there is no login to ${origin}`);
  const credential = { kind: 'session', token: login.token } as const;
  const client = createManagementClient({ origin, credential, fetch: world.fetch });
  let isEnded = true;
  try {
    await client.call('endSession');
  } catch (error) {
    if (!isManagementError(error)) throw error;
    isEnded = error.status === 401;
  }
  const file = loginFile(world);
  await writeLogins(file, withoutLogin(await readLogins(file), origin));
  if (!isEnded)
    await output.note(
      `${origin} could not be told: the session is forgotten here and ends by ${login.expiresAt}`,
    );
  await output.done(`logged out of ${origin}`);
}

const ME_VIEW: View<ResultOf<'getMe'>> = {
  name: ({ username }) => username,
  fields: [
    { heading: 'user', value: ({ username }) => username },
    { heading: 'kind', value: ({ kind }) => kind },
    { heading: 'admin', value: ({ admin }) => showFlag(admin) },
    { heading: 'groups', value: ({ groups }) => showList(groups) },
  ],
};

function withServer<Args>(cli: Argv<Args>) {
  return cli.positional('server', { type: 'string', describe: 'https://berth.example.com, localhost:5000' });
}

async function askUsername(world: World): Promise<string> {
  if (!isInteractive(world)) throw new UsageError('a user name is missing: -u');
  return (await ask(world, 'User name: ', { echo: true })).trim();
}
