import type { UserResource } from '@berth/contracts';
import type { Argv } from 'yargs';
import { confirmRemoval, readPassword } from '../ask.ts';
import { type Act, type Cli, REPEATED, requireChange, searchQuery, withSearch, withYes } from '../command.ts';
import { showFlag, showList, showTime } from '../output/format.ts';
import type { View } from '../output/view.ts';

export function userCommands(cli: Cli, act: Act): Cli {
  return cli
    .command(
      'list',
      'Users',
      (y) => withSearch(y),
      act(async ({ client, output }, args) => {
        await output.list(VIEW, client.pages('listUsers', { query: searchQuery(args) }), args.limit);
      }),
    )
    .command(
      'get <username>',
      'One user',
      (y) => withUsername(y),
      act(async ({ client, output }, { username }) => {
        await output.one(VIEW, (await client.call('getUser', { params: { username } })).body);
      }),
    )
    .command(
      'create <username>',
      'Create a user; the password is asked for, or read from standard input',
      (y) => withSettings(withUsername(y)),
      act(async ({ world, client, output }, { username, passwordStdin, ...args }) => {
        const prompt = `Password of ${username}`;
        const password = await readPassword(world, prompt, { passwordStdin, isNew: true });
        const body = { username, password, ...settingsOf(args) };
        await output.one(VIEW, (await client.call('createUser', { body })).body);
      }),
    )
    .command(
      'update <username>',
      'Change a user; a new password ends the sessions',
      (y) =>
        withSettings(withUsername(y))
          .option('password', { type: 'boolean', describe: 'ask for a new password' })
          .option('clear-groups', {
            type: 'boolean',
            conflicts: 'group',
            describe: 'take out of all groups',
          }),
      act(async ({ world, client, output }, { username, passwordStdin, ...args }) => {
        const source = { passwordStdin, isNew: true };
        const isNew = args.password || passwordStdin;
        const settings = settingsOf(args);
        if (!isNew) requireChange(settings);
        const password = isNew ? await readPassword(world, `New password of ${username}`, source) : undefined;
        const body = { ...settings, password };
        await output.one(VIEW, (await client.call('updateUser', { params: { username }, body })).body);
      }),
    )
    .command(
      'delete <username>',
      'Delete a user with keys, sessions and grants',
      (y) => withYes(withUsername(y)),
      act(async ({ world, client, output }, { username, yes }) => {
        await confirmRemoval(world, `user ${username} with keys, sessions and grants`, yes);
        await client.call('deleteUser', { params: { username } });
        await output.done(`user ${username} deleted`);
      }),
    );
}

const VIEW: View<UserResource> = {
  name: ({ username }) => username,
  fields: [
    { heading: 'user', value: ({ username }) => username },
    { heading: 'admin', value: ({ admin }) => showFlag(admin) },
    { heading: 'disabled', value: ({ disabled }) => showFlag(disabled) },
    { heading: 'groups', value: ({ groups }) => showList(groups) },
    { heading: 'last login', value: ({ lastLoginAt }, look) => showTime(lastLoginAt, look) },
    { heading: 'created', value: ({ createdAt }, look) => showTime(createdAt, look), only: 'wide' },
    { heading: 'id', value: ({ id }) => id, only: 'detail' },
  ],
};

function withUsername<Args>(cli: Argv<Args>) {
  return cli.positional('username', { type: 'string', demandOption: true });
}

function withSettings<Args>(cli: Argv<Args>) {
  return cli
    .option('admin', { type: 'boolean', describe: 'may do everything' })
    .option('disabled', { type: 'boolean', describe: 'cannot log in' })
    .option('group', { type: 'string', ...REPEATED, describe: 'may be repeated; replaces those before' })
    .option('password-stdin', { type: 'boolean', describe: 'read the password from standard input' });
}

function settingsOf(args: {
  readonly admin?: boolean | undefined;
  readonly disabled?: boolean | undefined;
  readonly group?: string[] | undefined;
  readonly clearGroups?: boolean | undefined;
}) {
  return { admin: args.admin, disabled: args.disabled, groups: args.clearGroups ? [] : args.group };
}
