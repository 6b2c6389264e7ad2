import type { GrantResource } from '@berth/contracts';
import type { ManagementClient } from '@berth/management-client';
import { confirmRemoval } from '../ask.ts';
import { type Act, type Cli, pageSize, withLimit, withYes } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { showTime } from '../output/format.ts';
import type { View } from '../output/view.ts';
import { ROLES } from './roles.ts';

const SUBJECT = 'user:ada, robot:acme+ci or group:core';

export function grantCommands(cli: Cli, act: Act): Cli {
  return cli
    .command(
      'list [registry]',
      'Who holds which role in a registry, or in all',
      (y) =>
        withLimit(y)
          .positional('registry', { type: 'string' })
          .option('subject', { type: 'string', requiresArg: true, describe: SUBJECT }),
      act(async ({ client, output }, { registry, subject, limit }) => {
        const query = { registry, subject, limit: pageSize(limit) };
        await output.list(VIEW, client.pages('listGrants', { query }), limit);
      }),
    )
    .command(
      'create <subject> <role> <registry>',
      'Give a role in a registry, or with "*" in all',
      (y) =>
        y
          .positional('subject', { type: 'string', demandOption: true, describe: SUBJECT })
          .positional('role', { choices: ROLES, demandOption: true })
          .positional('registry', { type: 'string', demandOption: true }),
      act(async ({ client, output }, { subject, role, registry }) => {
        const body = { subject, registry, role };
        await output.one(VIEW, (await client.call('createGrant', { body })).body);
      }),
    )
    .command(
      'delete <grant> [role] [registry]',
      'Take a role away: the id of a grant, or what "create" was given',
      (y) =>
        withYes(y)
          .positional('grant', { type: 'string', demandOption: true, describe: `an id, or ${SUBJECT}` })
          .positional('role', { choices: ROLES })
          .positional('registry', { type: 'string', implies: 'role' }),
      act(async ({ world, client, output }, { grant, role, registry, yes }) => {
        const id = role === undefined ? grant : await findGrant(client, { subject: grant, role, registry });
        const what = role === undefined ? grant : `${role} of ${grant} in ${registry ?? '*'}`;
        await confirmRemoval(world, `grant ${what}`, yes);
        await client.call('deleteGrant', { params: { id } });
        await output.done(`grant ${what} deleted`);
      }),
    );
}

const VIEW: View<GrantResource> = {
  name: ({ id }) => id,
  fields: [
    { heading: 'subject', value: ({ subject }) => subject },
    { heading: 'role', value: ({ role }) => role },
    { heading: 'registry', value: ({ registry }) => registry },
    { heading: 'since', value: ({ createdAt }, look) => showTime(createdAt, look) },
    { heading: 'by', value: ({ createdBy }) => createdBy.name, only: 'wide' },
    { heading: 'id', value: ({ id }) => id },
  ],
};

async function findGrant(
  client: ManagementClient,
  wanted: { readonly subject: string; readonly role: string; readonly registry: string | undefined },
): Promise<string> {
  const { subject, role, registry = '*' } = wanted;
  for await (const { items } of client.pages('listGrants', { query: { registry, subject, limit: 500 } })) {
    const found = items.find(
      (grant) => grant.role === role && grant.registry === registry && grant.subject === subject,
    );
    if (found !== undefined) return found.id;
  }
  throw new CommandError(`"${subject}" is not granted ${role} in ${registry}`);
}
