import type { CleanupPolicyResource } from '@berth/contracts';
import type { ManagementClient } from '@berth/management-client';
import type { Argv } from 'yargs';
import { confirmRemoval } from '../ask.ts';
import { type Act, type Cli, REPEATED, requireChange, searchQuery, withSearch, withYes } from '../command.ts';
import { showFlag } from '../output/format.ts';
import type { View } from '../output/view.ts';
import { runCommands } from './cleanup-runs.ts';
import { findByName } from './find-by-name.ts';
import { readKeepRule, showKeepRule } from './keep-rule.ts';
import { type Filter, showFilter, whole } from './show-filter.ts';

export function cleanupCommands(cli: Cli, act: Act): Cli {
  const policies = cli
    .command(
      'list [registry]',
      'The cleanup policies of a registry, or of all',
      (y) => withSearch(y).positional('registry', { type: 'string' }),
      act(async ({ client, output }, { registry, ...args }) => {
        const query = { ...searchQuery(args), registry };
        await output.list(VIEW, client.pages('listCleanupPolicies', { query }), args.limit);
      }),
    )
    .command(
      'get <policy>',
      'One cleanup policy',
      (y) => withPolicy(y),
      act(async ({ client, output }, { policy }) => {
        const id = await findPolicy(client, policy);
        await output.one(VIEW, (await client.call('getCleanupPolicy', { params: { id } })).body);
      }),
    )
    .command(
      'create <registry> <name>',
      'Have artifacts deleted, but for those that --keep names; of all images and tags without further options',
      (y) =>
        withSettings(y)
          .positional('registry', { type: 'string', demandOption: true })
          .positional('name', { type: 'string', demandOption: true })
          .demandOption('keep'),
      act(async ({ client, output }, { registry, name, ...args }) => {
        const { images, tags, keep = [], ...settings } = settingsOf(args);
        const body = { registry, name, images: whole(images), tags: whole(tags), keep, ...settings };
        await output.one(VIEW, (await client.call('createCleanupPolicy', { body })).body);
      }),
    )
    .command(
      'update <policy>',
      'Change a cleanup policy',
      (y) => withSettings(withPolicy(y)).option('name', { type: 'string', requiresArg: true }),
      act(async ({ client, output }, { policy, name, ...args }) => {
        const body = { ...settingsOf(args), name };
        requireChange(body);
        const id = await findPolicy(client, policy);
        await output.one(VIEW, (await client.call('updateCleanupPolicy', { params: { id }, body })).body);
      }),
    )
    .command(
      'delete <policy>',
      'Delete a cleanup policy',
      (y) => withYes(withPolicy(y)),
      act(async ({ world, client, output }, { policy, yes }) => {
        await confirmRemoval(world, `cleanup policy ${policy}`, yes);
        const id = await findPolicy(client, policy);
        await client.call('deleteCleanupPolicy', { params: { id } });
        await output.done(`cleanup policy ${policy} deleted`);
      }),
    );
  return runCommands(policies, act, { withPolicy, findPolicy });
}

const VIEW: View<CleanupPolicyResource> = {
  name: ({ id }) => id,
  fields: [
    { heading: 'policy', value: ({ registry, name }) => `${registry}/${name}` },
    { heading: 'images', value: ({ images }) => showFilter(images) },
    { heading: 'tags', value: ({ tags }) => showFilter(tags) },
    { heading: 'untagged', value: ({ untagged }) => showFlag(untagged) },
    { heading: 'keep', value: ({ keep }) => keep.map(showKeepRule).join(', ') },
    { heading: 'schedule', value: ({ schedule = '-', timeZone }) => `${schedule} ${timeZone}` },
    { heading: 'enabled', value: ({ enabled }) => showFlag(enabled) },
    { heading: 'id', value: ({ id }) => id, only: 'wide' },
  ],
};

function withPolicy<Args>(cli: Argv<Args>) {
  return cli.positional('policy', {
    type: 'string',
    demandOption: true,
    describe: '<registry>/<name of the policy>, or its id',
  });
}

function withSettings<Args>(cli: Argv<Args>) {
  const many = (describe: string) => ({ type: 'string', ...REPEATED, describe }) as const;
  return cli
    .option('images', many('images that it is for; a glob, may be repeated'))
    .option('exclude-images', many('but not these'))
    .option('tags', many('tags that it is for; a glob, may be repeated'))
    .option('exclude-tags', many('but not these'))
    .option('untagged', { type: 'boolean', describe: 'artifacts without a tag as well' })
    .option(
      'keep',
      many('always, latestPushed=10, latestPulled=5, pushedWithin=30d, pulledWithin=90d; may be repeated'),
    )
    .option('schedule', { type: 'string', requiresArg: true, describe: 'five fields of cron' })
    .option('time-zone', { type: 'string', requiresArg: true, describe: 'of the schedule; Europe/Berlin' })
    .option('max-deleted-share', {
      type: 'number',
      requiresArg: true,
      describe: 'of an image, 0 to 1; more waits to be confirmed',
    })
    .option('enabled', { type: 'boolean', describe: '--no-enabled: deletes nothing for now' });
}

function settingsOf(args: {
  readonly images?: string[] | undefined;
  readonly excludeImages?: string[] | undefined;
  readonly tags?: string[] | undefined;
  readonly excludeTags?: string[] | undefined;
  readonly untagged?: boolean | undefined;
  readonly keep?: string[] | undefined;
  readonly schedule?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly maxDeletedShare?: number | undefined;
  readonly enabled?: boolean | undefined;
}) {
  const filter = (match?: string[], exclude?: string[]): Filter | undefined =>
    match === undefined && exclude === undefined ? undefined : { match, exclude };
  const { untagged, keep, schedule, timeZone, maxDeletedShare, enabled } = args;
  return {
    images: filter(args.images, args.excludeImages),
    tags: filter(args.tags, args.excludeTags),
    keep: keep?.map(readKeepRule),
    ...{ untagged, schedule, timeZone, maxDeletedShare, enabled },
  };
}

async function findPolicy(client: ManagementClient, text: string): Promise<string> {
  return await findByName('cleanup policy', text, async (query) => {
    return (await client.call('listCleanupPolicies', { query })).body.items[0];
  });
}
