import type { KeyResource } from '@berth/contracts';
import type { Argv } from 'yargs';
import { confirmRemoval } from '../ask.ts';
import { type Act, type Cli, type Context, pageSize, withLimit, withYes } from '../command.ts';
import { parseExpiry } from '../expiry.ts';
import { showFlag, showTime } from '../output/format.ts';
import type { View } from '../output/view.ts';
import { outputWithSecret } from '../output/with-secret.ts';

export function keyCommands(cli: Cli, act: Act): Cli {
  return cli
    .command(
      'list',
      'My access keys',
      (y) => withLimit(y),
      act(async ({ client, output }, { limit }) => {
        const query = { limit: pageSize(limit) };
        await output.list(VIEW, client.pages('listKeys', { query }), limit);
      }),
    )
    .command(
      'create [description]',
      'Create an access key of mine; its secret is shown this once',
      (y) =>
        y.positional('description', { type: 'string', describe: 'what it is for' }).option('expires', {
          type: 'string',
          requiresArg: true,
          describe: '90d, 12h, 2030-01-31 or never',
        }),
      act(async ({ world, client, output }, { description, expires }) => {
        const expiresAt = expires === undefined ? undefined : parseExpiry(expires, world.now());
        const key = (await client.call('createKey', { body: { description, expiresAt } })).body;
        await outputWithSecret(output, VIEW, key);
      }),
    )

    .command(
      'enable <id>',
      'Enable an access key of mine',
      (y) => withId(y),
      act(async (context, { id }) => switchKey(context, id, true)),
    )

    .command(
      'disable <id>',
      'Disable an access key of mine',
      (y) => withId(y),
      act(async (context, { id }) => switchKey(context, id, false)),
    )
    .command(
      'delete <id>',
      'Delete an access key of mine',
      (y) => withYes(withId(y)),
      act(async ({ world, client, output }, { id, yes }) => {
        await confirmRemoval(world, `access key ${id}`, yes);
        await client.call('deleteKey', { params: { id } });
        await output.done(`access key ${id} deleted`);
      }),
    );
}

async function switchKey({ client, output }: Context, id: string, enabled: boolean): Promise<void> {
  await output.one(VIEW, (await client.call('updateKey', { params: { id }, body: { enabled } })).body);
}

const VIEW: View<KeyResource> = {
  name: ({ id }) => id,
  fields: [
    { heading: 'id', value: ({ id }) => id },
    { heading: 'description', value: ({ description }) => description || '-' },
    { heading: 'enabled', value: ({ enabled }) => showFlag(enabled) },
    { heading: 'expires', value: ({ expiresAt }, look) => (expiresAt ? showTime(expiresAt, look) : 'never') },
    { heading: 'last used', value: ({ lastUsedAt }, look) => showTime(lastUsedAt, look) },
    { heading: 'created', value: ({ createdAt }, look) => showTime(createdAt, look) },
  ],
};

function withId<Args>(cli: Argv<Args>) {
  return cli.positional('id', { type: 'string', demandOption: true });
}
