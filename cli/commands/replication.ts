import type {
  ReplicationDriftResource,
  ReplicationLagResource,
  ReplicationPolicyResource,
} from '@berth/contracts';
import type { ManagementClient } from '@berth/management-client';
import type { Argv } from 'yargs';
import { confirmRemoval } from '../ask.ts';
import { type Act, type Cli, REPEATED, requireChange, searchQuery, withSearch, withYes } from '../command.ts';
import { showDigest, showFlag, showTime } from '../output/format.ts';
import type { View } from '../output/view.ts';
import { findEndpointFor } from './endpoints.ts';
import { findByName } from './find-by-name.ts';
import { replicationRunCommands } from './replication-runs.ts';
import { showFilter, whole } from './show-filter.ts';

export function replicationCommands(cli: Cli, act: Act): Cli {
  const policies = cli
    .command(
      'list [registry]',
      'The replication policies of a registry, or of all',
      (y) => withSearch(y).positional('registry', { type: 'string' }),
      act(async ({ client, output }, { registry, ...args }) => {
        const query = { ...searchQuery(args), registry };
        await output.list(VIEW, client.pages('listReplicationPolicies', { query }), args.limit);
      }),
    )
    .command(
      'get <policy>',
      'One replication policy',
      (y) => withPolicy(y),
      act(async ({ client, output }, { policy }) => {
        const params = { id: await findPolicy(client, policy) };
        await output.one(VIEW, (await client.call('getReplicationPolicy', { params })).body);
      }),
    )
    .command(
      'create <registry> <name> <endpoint>',
      'Have images copied to another registry, or from there; all of them without further options',
      (y) =>
        withSettings(y)
          .positional('registry', { type: 'string', demandOption: true })
          .positional('name', { type: 'string', demandOption: true })
          .positional('endpoint', { type: 'string', demandOption: true, describe: 'its name, or its id' })
          .option('direction', { choices: ['push', 'pull'] as const, default: 'push' as const }),
      act(async ({ client, output }, { registry, name, direction, endpoint, ...args }) => {
        const { images, tags, ...settings } = settingsOf(args);
        const id = await findEndpointFor(client, registry, endpoint);
        const filters = { images: whole(images), tags: whole(tags) };
        const body = { registry, name, direction, endpoint: id, ...filters, ...settings };
        await output.one(VIEW, (await client.call('createReplicationPolicy', { body })).body);
      }),
    )
    .command(
      'update <policy>',
      'Change a replication policy',
      (y) => withSettings(withPolicy(y)).option('name', { type: 'string', requiresArg: true }),
      act(async ({ client, output }, { policy, name, ...args }) => {
        const body = { ...settingsOf(args), name };
        requireChange(body);
        const params = { id: await findPolicy(client, policy) };
        await output.one(VIEW, (await client.call('updateReplicationPolicy', { params, body })).body);
      }),
    )
    .command(
      'delete <policy>',
      'Delete a replication policy; what it copied stays',
      (y) => withYes(withPolicy(y)),
      act(async ({ world, client, output }, { policy, yes }) => {
        await confirmRemoval(world, `replication policy ${policy}`, yes);
        await client.call('deleteReplicationPolicy', { params: { id: await findPolicy(client, policy) } });
        await output.done(`replication policy ${policy} deleted`);
      }),
    )
    .command(
      'drift <policy>',
      'What differs between both sides of a replication policy now, by tag and digest',
      (y) => withPolicy(y),
      act(async ({ client, output }, { policy }) => {
        const params = { id: await findPolicy(client, policy) };
        const counts = { same: 0, missing: 0, different: 0, extra: 0 };
        let isWhole = true;
        const onPage = (page: ReplicationDriftResource): void => {
          for (const state of STATES) counts[state] += page.counts[state];
          isWhole &&= page.areDestinationImagesKnown;
        };
        await output.list(DRIFT, driftPages(client, params, onPage));
        const sums = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
        await output.note(`${sums.join(', ')}${isWhole ? '' : ONLY_OF_SOURCE}`);
      }),
    )
    .command(
      'lag <policy>',
      'How far a replication policy is behind',
      (y) => withPolicy(y),
      act(async ({ client, output }, { policy }) => {
        const params = { id: await findPolicy(client, policy) };
        await output.one(LAG, (await client.call('getReplicationLag', { params })).body);
      }),
    );
  return replicationRunCommands(policies, act, { withPolicy, findPolicy });
}

const VIEW: View<ReplicationPolicyResource> = {
  name: ({ id }) => id,
  fields: [
    { heading: 'policy', value: ({ registry, name }) => `${registry}/${name}` },
    { heading: 'direction', value: ({ direction }) => direction },
    { heading: 'images', value: ({ images }) => showFilter(images) },
    { heading: 'tags', value: ({ tags }) => showFilter(tags) },
    { heading: 'when', value: ({ trigger, schedule = '' }) => `${trigger} ${schedule}`.trim() },
    { heading: 'enabled', value: ({ enabled }) => showFlag(enabled) },
    { heading: 'overwrite', value: ({ overwrite }) => overwrite, only: 'wide' },
    { heading: 'deletes', value: ({ deletes }) => deletes, only: 'wide' },
    { heading: 'endpoint', value: ({ endpoint }) => endpoint, only: 'wide' },
    { heading: 'id', value: ({ id }) => id, only: 'wide' },
  ],
};

const STATES = ['same', 'missing', 'different', 'extra'] as const;
const ONLY_OF_SOURCE =
  '; the destination does not list all its images or tags: what only it has is not counted';
type Drift = ReplicationDriftResource['items'][number];

const DRIFT: View<Drift> = {
  name: ({ image, tag }) => `${image}:${tag}`,
  fields: [
    { heading: 'tag', value: ({ image, tag }) => `${image}:${tag}` },
    { heading: 'state', value: ({ state }) => state },
    { heading: 'at the source', value: ({ sourceDigest = '' }, look) => showDigest(sourceDigest, look) },
    { heading: 'there', value: ({ destinationDigest = '' }, look) => showDigest(destinationDigest, look) },
  ],
};

/** The pages as they come. */
async function* driftPages(
  client: ManagementClient,
  params: { readonly id: string },
  onPage: (page: ReplicationDriftResource) => void,
): AsyncGenerator<ReplicationDriftResource> {
  for (let after: string | null | undefined; after !== null; ) {
    const { body } = await client.call('getReplicationDrift', { params, query: { after } });
    onPage(body);
    yield body;
    after = body.next;
  }
}

const LAG: View<ReplicationLagResource> = {
  name: ({ lagSeconds }) => String(lagSeconds),
  fields: [
    { heading: 'behind, s', value: ({ lagSeconds }) => String(lagSeconds) },
    { heading: 'oldest that waits', value: ({ oldestWaitingAt }, look) => showTime(oldestWaitingAt, look) },
    { heading: 'oldest that failed', value: ({ oldestFailedAt }, look) => showTime(oldestFailedAt, look) },
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
    .option('remote-registry', {
      type: 'string',
      requiresArg: true,
      describe: 'what stands before the names of images there; by default the name of the registry',
    })
    .option('trigger', { choices: ['manual', 'scheduled', 'event'] as const })
    .option('schedule', { type: 'string', requiresArg: true, describe: 'five fields of cron, in UTC' })
    .option('overwrite', { choices: ['never', 'always'] as const, describe: 'tags that differ there' })
    .option('deletes', { choices: ['keep', 'mirror'] as const, describe: 'tags that are gone here' })
    .option('bandwidth', { type: 'number', requiresArg: true, describe: 'bytes a second' })
    .option('enabled', { type: 'boolean', describe: '--no-enabled: begins nothing by itself' });
}

function settingsOf(args: {
  readonly images?: string[] | undefined;
  readonly excludeImages?: string[] | undefined;
  readonly tags?: string[] | undefined;
  readonly excludeTags?: string[] | undefined;
  readonly remoteRegistry?: string | undefined;
  readonly trigger?: 'manual' | 'scheduled' | 'event' | undefined;
  readonly schedule?: string | undefined;
  readonly overwrite?: 'never' | 'always' | undefined;
  readonly deletes?: 'keep' | 'mirror' | undefined;
  readonly bandwidth?: number | undefined;
  readonly enabled?: boolean | undefined;
}) {
  const filter = (match?: string[], exclude?: string[]) =>
    match === undefined && exclude === undefined ? undefined : { match, exclude };
  const { remoteRegistry, trigger, schedule, overwrite, deletes, bandwidth, enabled } = args;
  return {
    images: filter(args.images, args.excludeImages),
    tags: filter(args.tags, args.excludeTags),
    ...{ remoteRegistry, trigger, schedule, overwrite, deletes, enabled },
    bandwidthBytesPerSecond: bandwidth,
  };
}

async function findPolicy(client: ManagementClient, text: string): Promise<string> {
  return await findByName('replication policy', text, async (query) => {
    return (await client.call('listReplicationPolicies', { query })).body.items[0];
  });
}
