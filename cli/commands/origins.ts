import type { Cli } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { loginFile, readLogins, writeLogins } from '../login-store.ts';
import { parseOrigin } from '../origin.ts';
import { showTime } from '../output/format.ts';
import { createOutput } from '../output/output.ts';
import type { View } from '../output/view.ts';
import type { World } from '../world.ts';

/** Several Berths, one of them current. */
export function withOriginCommands(cli: Cli, world: World): Cli {
  return cli
    .command(
      'origins',
      'Where I am logged in; the current one is marked',
      (y) => y,
      async (args) => {
        const { current, origins } = await readLogins(loginFile(world));
        const items = Object.entries(origins).map(([origin, { username, expiresAt }]) => ({
          origin,
          username,
          expiresAt,
          current: origin === current,
        }));
        await createOutput(world, args).list(VIEW, onePage(items));
      },
    )
    .command(
      'use <server>',
      'Make another login the current one',
      (y) => y.positional('server', { type: 'string', demandOption: true }),
      async (args) => {
        const origin = parseOrigin(args.server);
        const file = loginFile(world);
        const logins = await readLogins(file);
        if (logins.origins[origin] === undefined)
          throw new CommandError(`there is no login to ${origin}: berth login ${origin}`);
        await writeLogins(file, { ...logins, current: origin });
        await createOutput(world, args).done(`commands go to ${origin} now`);
      },
    );
}

interface KnownOrigin {
  readonly origin: string;
  readonly username: string;
  readonly expiresAt: string;
  readonly current: boolean;
}

const VIEW: View<KnownOrigin> = {
  name: ({ origin }) => origin,
  fields: [
    { heading: 'origin', value: ({ origin }) => origin },
    { heading: 'user', value: ({ username }) => username },
    { heading: 'session ends', value: ({ expiresAt }, look) => showTime(expiresAt, look) },
    { heading: 'current', value: ({ current }) => (current ? '*' : '') },
  ],
};

async function* onePage<Item>(items: readonly Item[]) {
  yield { items, next: null };
}
