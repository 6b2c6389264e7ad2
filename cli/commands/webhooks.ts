import type { WebhookResource } from '@berth/contracts';
import type { ManagementClient } from '@berth/management-client';
import type { Argv } from 'yargs';
import { confirmRemoval } from '../ask.ts';
import { type Act, type Cli, REPEATED, requireChange, searchQuery, withSearch, withYes } from '../command.ts';
import { showFlag, showList, showTime } from '../output/format.ts';
import type { View } from '../output/view.ts';
import { findByName } from './find-by-name.ts';
import { webhookSettings, withWebhookSettings } from './webhook-settings.ts';

export function webhookCommands(cli: Cli, act: Act): Cli {
  return cli
    .command(
      'list [registry]',
      'The webhooks of a registry, or of all',
      (y) => withSearch(y).positional('registry', { type: 'string' }),
      act(async ({ client, output }, { registry, ...args }) => {
        const query = { ...searchQuery(args), registry };
        await output.list(VIEW, client.pages('listWebhooks', { query }), args.limit);
      }),
    )
    .command(
      'get <webhook>',
      'One webhook',
      (y) => withWebhook(y),
      act(async ({ client, output }, { webhook }) => {
        const id = await findWebhook(client, webhook);
        await output.one(VIEW, (await client.call('getWebhook', { params: { id } })).body);
      }),
    )
    .command(
      'create <registry> <name> <url>',
      'Create a webhook; registry "*" is all',
      (y) =>
        withWebhookSettings(y)
          .positional('registry', { type: 'string', demandOption: true })
          .positional('name', { type: 'string', demandOption: true })
          .positional('url', { type: 'string', demandOption: true })
          .demandOption('event'),
      act(async ({ world, client, output }, { registry, name, url, ...args }) => {
        const body = { ...(await webhookSettings(world, args)), registry, name, url, events: args.event };
        await output.one(VIEW, (await client.call('createWebhook', { body })).body);
      }),
    )
    .command(
      'update <webhook>',
      'Change a webhook; --enabled ends a pause',
      (y) =>
        withWebhookSettings(withWebhook(y))
          .option('name', { type: 'string', requiresArg: true })
          .option('url', { type: 'string', requiresArg: true })
          .option('all-images', { type: 'boolean', conflicts: 'image', describe: 'no longer only some' })
          .option('remove', {
            choices: ['secret', 'authorization', 'ca'] as const,
            ...REPEATED,
            describe: 'do without it from now on; may be repeated',
          }),
      act(async ({ world, client, output }, { webhook, name, url, allImages, remove = [], ...args }) => {
        const body = {
          ...(await webhookSettings(world, args)),
          name,
          url,
          ...(allImages && { images: null }),
          ...(remove.includes('secret') && { secret: null }),
          ...(remove.includes('authorization') && { authorization: null }),
          ...(remove.includes('ca') && { caCertificate: null }),
        };
        requireChange(body);
        const id = await findWebhook(client, webhook);
        await output.one(VIEW, (await client.call('updateWebhook', { params: { id }, body })).body);
      }),
    )
    .command(
      'delete <webhook>',
      'Delete a webhook and its deliveries',
      (y) => withYes(withWebhook(y)),
      act(async ({ world, client, output }, { webhook, yes }) => {
        await confirmRemoval(world, `webhook ${webhook} and its deliveries`, yes);
        await client.call('deleteWebhook', { params: { id: await findWebhook(client, webhook) } });
        await output.done(`webhook ${webhook} deleted`);
      }),
    );
}

const VIEW: View<WebhookResource> = {
  name: ({ id }) => id,
  fields: [
    { heading: 'webhook', value: ({ registry, name }) => `${registry}/${name}` },
    { heading: 'state', value: ({ state }) => state },
    { heading: 'url', value: ({ url }) => url },
    { heading: 'events', value: ({ events }) => showList(events) },
    { heading: 'images', value: ({ images }) => (images === undefined ? 'all' : showList(images)) },
    { heading: 'last success', value: ({ lastSuccessAt }, look) => showTime(lastSuccessAt, look) },
    {
      heading: 'failing since',
      value: ({ failingSince }, look) => showTime(failingSince, look),
      only: 'wide',
    },
    { heading: 'format', value: ({ format }) => format, only: 'wide' },
    { heading: 'id', value: ({ id }) => id, only: 'wide' },
    { heading: 'signed', value: ({ hasSecret }) => showFlag(hasSecret), only: 'detail' },
    { heading: 'authorization', value: ({ hasAuthorization }) => showFlag(hasAuthorization), only: 'detail' },
    { heading: 'attached', value: ({ includeAttached }) => showFlag(includeAttached), only: 'detail' },
    { heading: 'TLS verified', value: ({ skipTlsVerify }) => showFlag(!skipTlsVerify), only: 'detail' },
    { heading: 'paused', value: ({ pausedAt }, look) => showTime(pausedAt, look), only: 'detail' },
    { heading: 'reason', value: ({ pauseReason }) => pauseReason ?? '-', only: 'detail' },
  ],
};

/** A webhook as a positional argument. */
export function withWebhook<Args>(cli: Argv<Args>) {
  return cli.positional('webhook', {
    type: 'string',
    demandOption: true,
    describe: '<registry>/<name of the webhook>, or its id',
  });
}

export async function findWebhook(client: ManagementClient, text: string): Promise<string> {
  return await findByName('webhook', text, async (query) => {
    return (await client.call('listWebhooks', { query })).body.items[0];
  });
}
