import type { RegistryResource } from '@berth/contracts';
import type { Argv } from 'yargs';
import { confirmRemoval } from '../ask.ts';
import { type Act, type Cli, requireChange, searchQuery, withSearch, withYes } from '../command.ts';
import { showFlag, showTime } from '../output/format.ts';
import type { View } from '../output/view.ts';

export function registryCommands(cli: Cli, act: Act): Cli {
  return cli
    .command(
      'list',
      'The registries that I may see',
      (y) => withSearch(y),
      act(async ({ client, output }, args) => {
        await output.list(VIEW, client.pages('listRegistries', { query: searchQuery(args) }), args.limit);
      }),
    )
    .command(
      'get <registry>',
      'One registry',
      (y) => withName(y),
      act(async ({ client, output }, { registry }) => {
        await output.one(VIEW, (await client.call('getRegistry', { params: { registry } })).body);
      }),
    )
    .command(
      'create <registry>',
      'Create a registry',
      (y) => withSettings(withName(y)),
      act(async ({ client, output }, { registry, ...settings }) => {
        const body = { name: registry, ...settingsOf(settings) };
        await output.one(VIEW, (await client.call('createRegistry', { body })).body);
      }),
    )
    .command(
      'update <registry>',
      'Change the settings of a registry',
      (y) => withSettings(withName(y)),
      act(async ({ client, output }, { registry, ...settings }) => {
        const body = settingsOf(settings);
        requireChange(body);
        await output.one(VIEW, (await client.call('updateRegistry', { params: { registry }, body })).body);
      }),
    )
    .command(
      'delete <registry>',
      'Delete a registry; with --force also one that holds images',
      (y) =>
        withYes(withName(y)).option('force', {
          type: 'boolean',
          default: false,
          describe: 'with all images in it, in the background',
        }),
      act(async ({ world, client, output }, { registry, force, yes }) => {
        const what = force ? `registry ${registry} with all images in it` : `registry ${registry}`;
        await confirmRemoval(world, what, yes);
        const query = { force: force || undefined };
        const { status } = await client.call('deleteRegistry', { params: { registry }, query });
        await output.done(`registry ${registry} ${status === 202 ? 'is being deleted' : 'deleted'}`);
      }),
    );
}

const VIEW: View<RegistryResource> = {
  name: ({ name }) => name,
  fields: [
    { heading: 'name', value: ({ name }) => name },
    { heading: 'visibility', value: ({ visibility }) => visibility },
    { heading: 'state', value: ({ state }) => state },
    { heading: 'created', value: ({ createdAt }, look) => showTime(createdAt, look) },
    { heading: 'by', value: ({ createdBy }) => createdBy.name, only: 'wide' },
    { heading: 'description', value: ({ description }) => description || '-' },
    { heading: 'tag naming', value: ({ tagNaming }) => tagNaming, only: 'detail' },
    {
      heading: 'missing children allowed',
      value: ({ allowMissingChildren }) => showFlag(allowMissingChildren),
      only: 'detail',
    },
    { heading: 'id', value: ({ id }) => id, only: 'detail' },
  ],
};

function withName<Args>(cli: Argv<Args>) {
  return cli.positional('registry', { type: 'string', demandOption: true, describe: 'such as acme' });
}

function withSettings<Args>(cli: Argv<Args>) {
  return cli
    .option('description', { type: 'string', requiresArg: true })
    .option('visibility', { choices: ['private', 'public'] as const, describe: 'public: anybody may pull' })
    .option('tag-naming', {
      choices: ['lowercase', 'oci'] as const,
      describe: 'oci: tags may hold capital letters',
    })
    .option('allow-missing-children', {
      type: 'boolean',
      describe: 'indexes may name manifests that are not here',
    });
}

function settingsOf(args: {
  readonly description?: string | undefined;
  readonly visibility?: 'private' | 'public' | undefined;
  readonly tagNaming?: 'lowercase' | 'oci' | undefined;
  readonly allowMissingChildren?: boolean | undefined;
}) {
  const { description, visibility, tagNaming, allowMissingChildren } = args;
  return { description, visibility, tagNaming, allowMissingChildren };
}
