import type { RobotResource } from '@berth/contracts';
import type { ManagementClient } from '@berth/management-client';
import type { Argv } from 'yargs';
import { confirmRemoval } from '../ask.ts';
import { type Act, type Cli, requireChange, searchQuery, withSearch, withYes } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { parseExpiry } from '../expiry.ts';
import { showFlag, showTime } from '../output/format.ts';
import type { View } from '../output/view.ts';
import { outputWithSecret } from '../output/with-secret.ts';
import { ROLES } from './roles.ts';

export function robotCommands(cli: Cli, act: Act): Cli {
  return cli
    .command(
      'list [registry]',
      'The robot accounts of a registry, or of all',
      (y) => withSearch(y).positional('registry', { type: 'string' }),
      act(async ({ client, output }, { registry, ...args }) => {
        const query = { ...searchQuery(args), registry };
        await output.list(VIEW, client.pages('listRobots', { query }), args.limit);
      }),
    )
    .command(
      'get <robot>',
      'One robot account',
      (y) => withRobot(y),
      act(async ({ client, output }, { robot }) => {
        const id = await findRobot(client, robot);
        await output.one(VIEW, (await client.call('getRobot', { params: { id } })).body);
      }),
    )
    .command(
      'create <registry> <name>',
      'Create a robot account; its secret is shown this once',
      (y) =>
        withSettings(y)
          .positional('registry', { type: 'string', demandOption: true })
          .positional('name', { type: 'string', demandOption: true })
          .demandOption('role'),
      act(async ({ world, client, output }, { registry, name, role, description, expires }) => {
        const expiresAt = expires === undefined ? undefined : parseExpiry(expires, world.now());
        const body = { registry, name, role, description, expiresAt };
        await outputWithSecret(output, VIEW, (await client.call('createRobot', { body })).body);
      }),
    )
    .command(
      'update <robot>',
      'Change a robot account',
      (y) =>
        withSettings(withRobot(y)).option('enabled', {
          type: 'boolean',
          describe: '--no-enabled: cannot log in',
        }),
      act(async ({ world, client, output }, { robot, role, description, expires, enabled }) => {
        const expiresAt = expires === undefined ? undefined : parseExpiry(expires, world.now());
        const body = { role, description, enabled, expiresAt };
        requireChange(body);
        const id = await findRobot(client, robot);
        await output.one(VIEW, (await client.call('updateRobot', { params: { id }, body })).body);
      }),
    )
    .command(
      'delete <robot>',
      'Delete a robot account',
      (y) => withYes(withRobot(y)),
      act(async ({ world, client, output }, { robot, yes }) => {
        await confirmRemoval(world, `robot account ${robot}`, yes);
        await client.call('deleteRobot', { params: { id: await findRobot(client, robot) } });
        await output.done(`robot account ${robot} deleted`);
      }),
    );
}

const VIEW: View<RobotResource> = {
  name: ({ username }) => username,
  fields: [
    { heading: 'robot', value: ({ username }) => username },
    { heading: 'role', value: ({ role }) => role },
    { heading: 'enabled', value: ({ enabled }) => showFlag(enabled) },
    { heading: 'expires', value: ({ expiresAt }, look) => (expiresAt ? showTime(expiresAt, look) : 'never') },
    { heading: 'last used', value: ({ lastUsedAt }, look) => showTime(lastUsedAt, look) },
    { heading: 'description', value: ({ description }) => description || '-' },
    { heading: 'id', value: ({ id }) => id, only: 'wide' },
  ],
};

function withRobot<Args>(cli: Argv<Args>) {
  return cli.positional('robot', { type: 'string', demandOption: true, describe: 'acme+ci, or its id' });
}

function withSettings<Args>(cli: Argv<Args>) {
  return cli
    .option('role', { choices: ROLES, describe: 'in its registry' })
    .option('description', { type: 'string', requiresArg: true })
    .option('expires', { type: 'string', requiresArg: true, describe: '90d, 12h, 2030-01-31 or never' });
}

/** The id of a robot that its user name, `<registry>+<name>`, or its id names. */
async function findRobot(client: ManagementClient, robot: string): Promise<string> {
  const plus = robot.indexOf('+');
  if (plus < 0) return robot;
  const query = { registry: robot.slice(0, plus), name: robot.slice(plus + 1) };
  const [found] = (await client.call('listRobots', { query })).body.items;
  if (found === undefined) throw new CommandError(`robot account "${robot}" does not exist`);
  return found.id;
}
