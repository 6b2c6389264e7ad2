import type { ProtectionPolicyResource } from '@berth/contracts';
import type { ManagementClient } from '@berth/management-client';
import type { Argv } from 'yargs';
import { confirmRemoval } from '../ask.ts';
import { type Act, type Cli, REPEATED, requireChange, searchQuery, withSearch, withYes } from '../command.ts';
import { showFlag, showTime } from '../output/format.ts';
import type { View } from '../output/view.ts';
import { findByName } from './find-by-name.ts';

export function protectionCommands(cli: Cli, act: Act): Cli {
  return cli
    .command(
      'list [registry]',
      'The protection policies of a registry, or of all',
      (y) => withSearch(y).positional('registry', { type: 'string' }),
      act(async ({ client, output }, { registry, ...args }) => {
        const query = { ...searchQuery(args), registry };
        await output.list(VIEW, client.pages('listProtectionPolicies', { query }), args.limit);
      }),
    )
    .command(
      'get <policy>',
      'One protection policy',
      (y) => withPolicy(y),
      act(async ({ client, output }, { policy }) => {
        const id = await findPolicy(client, policy);
        await output.one(VIEW, (await client.call('getProtectionPolicy', { params: { id } })).body);
      }),
    )
    .command(
      'create <registry> <name>',
      'Protect tags from being moved or deleted; all tags of all images without further options',
      (y) =>
        withSettings(y)
          .positional('registry', { type: 'string', demandOption: true })
          .positional('name', { type: 'string', demandOption: true }),
      act(async ({ client, output }, { registry, name, ...args }) => {
        const { images, tags, enabled } = settingsOf(args);
        const body = { registry, name, images: whole(images), tags: whole(tags), enabled };
        await output.one(VIEW, (await client.call('createProtectionPolicy', { body })).body);
      }),
    )
    .command(
      'update <policy>',
      'Change a protection policy',
      (y) => withSettings(withPolicy(y)).option('name', { type: 'string', requiresArg: true }),
      act(async ({ client, output }, { policy, name, ...args }) => {
        const body = { ...settingsOf(args), name };
        requireChange(body);
        const id = await findPolicy(client, policy);
        await output.one(VIEW, (await client.call('updateProtectionPolicy', { params: { id }, body })).body);
      }),
    )
    .command(
      'delete <policy>',
      'Delete a protection policy',
      (y) => withYes(withPolicy(y)),
      act(async ({ world, client, output }, { policy, yes }) => {
        await confirmRemoval(world, `protection policy ${policy}`, yes);
        const id = await findPolicy(client, policy);
        await client.call('deleteProtectionPolicy', { params: { id } });
        await output.done(`protection policy ${policy} deleted`);
      }),
    );
}

interface Filter {
  readonly match?: string[] | undefined;
  readonly exclude?: string[] | undefined;
}

const VIEW: View<ProtectionPolicyResource> = {
  name: ({ id }) => id,
  fields: [
    { heading: 'policy', value: ({ registry, name }) => `${registry}/${name}` },
    { heading: 'images', value: ({ images }) => showFilter(images) },
    { heading: 'tags', value: ({ tags }) => showFilter(tags) },
    { heading: 'enabled', value: ({ enabled }) => showFlag(enabled) },
    { heading: 'updated', value: ({ updatedAt }, look) => showTime(updatedAt, look) },
    { heading: 'id', value: ({ id }) => id, only: 'wide' },
  ],
};

function showFilter({ match, exclude }: Filter): string {
  const excluded = exclude === undefined || exclude.length === 0 ? '' : ` except ${exclude.join(', ')}`;
  return `${match?.join(', ') ?? ''}${excluded}`;
}

function withPolicy<Args>(cli: Argv<Args>) {
  return cli.positional('policy', {
    type: 'string',
    demandOption: true,
    describe: '<registry>/<name of the policy>, or its id',
  });
}

function withSettings<Args>(cli: Argv<Args>) {
  const globs = (describe: string) => ({ type: 'string', ...REPEATED, describe }) as const;
  return cli
    .option('images', globs('images that it is for; a glob, may be repeated'))
    .option('exclude-images', globs('but not these'))
    .option('tags', globs('tags that it is for; a glob, may be repeated'))
    .option('exclude-tags', globs('but not these'))
    .option('enabled', { type: 'boolean', describe: '--no-enabled: protects nothing for now' });
}

function settingsOf(args: {
  readonly images?: string[] | undefined;
  readonly excludeImages?: string[] | undefined;
  readonly tags?: string[] | undefined;
  readonly excludeTags?: string[] | undefined;
  readonly enabled?: boolean | undefined;
}) {
  const filter = (match?: string[], exclude?: string[]): Filter | undefined =>
    match === undefined && exclude === undefined ? undefined : { match, exclude };
  return {
    images: filter(args.images, args.excludeImages),
    tags: filter(args.tags, args.excludeTags),
    enabled: args.enabled,
  };
}

/** What only excludes is for all others. */
function whole(filter: Filter | undefined) {
  return filter && { match: filter.match ?? ['**'], exclude: filter.exclude };
}

async function findPolicy(client: ManagementClient, text: string): Promise<string> {
  return await findByName('protection policy', text, async (query) => {
    return (await client.call('listProtectionPolicies', { query })).body.items[0];
  });
}
