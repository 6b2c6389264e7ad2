import type { EndpointNameResource, EndpointResource, PingResource } from '@berth/contracts';
import type { ManagementClient } from '@berth/management-client';
import type { Argv } from 'yargs';
import { confirmRemoval } from '../ask.ts';
import { type Act, type Cli, REPEATED, requireChange, searchQuery, withSearch, withYes } from '../command.ts';
import { showFlag, showList } from '../output/format.ts';
import type { View } from '../output/view.ts';
import type { World } from '../world.ts';
import { contentOf } from './webhook-settings.ts';

/** Registries elsewhere, for replication; kept by administrators, named by maintainers. */
export function endpointCommands(cli: Cli, act: Act): Cli {
  return cli
    .command(
      'list [registry]',
      'The endpoints, for administrators; of a registry, those that its maintainers may name in policies',
      (y) => withSearch(y).positional('registry', { type: 'string' }),
      act(async ({ client, output }, { registry, ...args }) => {
        const query = searchQuery(args);
        if (registry === undefined)
          return await output.list(VIEW, client.pages('listEndpoints', { query }), args.limit);
        const names = client.pages('listEndpointNames', { query: { ...query, registry } });
        await output.list(NAMES, names, args.limit);
      }),
    )
    .command(
      'get <endpoint>',
      'One endpoint',
      (y) => withEndpoint(y),
      act(async ({ client, output }, { endpoint }) => {
        const params = { id: await findEndpoint(client, endpoint) };
        await output.one(VIEW, (await client.call('getEndpoint', { params })).body);
      }),
    )
    .command(
      'create <name> <url>',
      'Create an endpoint',
      (y) =>
        withSettings(y)
          .positional('name', { type: 'string', demandOption: true })
          .positional('url', { type: 'string', demandOption: true }),
      act(async ({ world, client, output }, { name, url, ...args }) => {
        const body = { name, url, ...(await settingsOf(world, args)) };
        await output.one(VIEW, (await client.call('createEndpoint', { body })).body);
      }),
    )
    .command(
      'update <endpoint>',
      'Change an endpoint',
      (y) =>
        withSettings(withEndpoint(y))
          .option('name', { type: 'string', requiresArg: true })
          .option('url', { type: 'string', requiresArg: true }),
      act(async ({ world, client, output }, { endpoint, name, url, ...args }) => {
        const body = { name, url, ...(await settingsOf(world, args)) };
        requireChange(body);
        const params = { id: await findEndpoint(client, endpoint) };
        await output.one(VIEW, (await client.call('updateEndpoint', { params, body })).body);
      }),
    )
    .command(
      'delete <endpoint>',
      'Delete an endpoint that no policy needs',
      (y) => withYes(withEndpoint(y)),
      act(async ({ world, client, output }, { endpoint, yes }) => {
        await confirmRemoval(world, `endpoint ${endpoint}`, yes);
        await client.call('deleteEndpoint', { params: { id: await findEndpoint(client, endpoint) } });
        await output.done(`endpoint ${endpoint} deleted`);
      }),
    )
    .command(
      'ping <endpoint>',
      'Does it answer, and does it take the credentials?',
      (y) => withEndpoint(y),
      act(async ({ client, output }, { endpoint }) => {
        const params = { id: await findEndpoint(client, endpoint) };
        await output.one(PING, (await client.call('pingEndpoint', { params })).body);
      }),
    );
}

/** The id of an endpoint that its name, or its id, names. */
export async function findEndpoint(client: ManagementClient, text: string): Promise<string> {
  const { items } = (await client.call('listEndpoints', { query: { name: text } })).body;
  return items[0]?.id ?? text;
}

/** The same as a maintainer of a registry sees them. */
export async function findEndpointFor(
  client: ManagementClient,
  registry: string,
  text: string,
): Promise<string> {
  const { items } = (await client.call('listEndpointNames', { query: { registry, name: text } })).body;
  return items[0]?.id ?? text;
}

const VIEW: View<EndpointResource> = {
  name: ({ id }) => id,
  fields: [
    { heading: 'endpoint', value: ({ name }) => name },
    { heading: 'url', value: ({ url }) => url },
    { heading: 'username', value: ({ username }) => username ?? '-' },
    { heading: 'secret', value: ({ hasSecret }) => showFlag(hasSecret) },
    { heading: 'realm hosts', value: ({ realmHosts }) => showList(realmHosts), only: 'wide' },
    {
      heading: 'remote registries',
      value: ({ remoteRegistries }) => showList(remoteRegistries),
      only: 'wide',
    },
    { heading: 'TLS verified', value: ({ skipTlsVerify }) => showFlag(!skipTlsVerify), only: 'wide' },
    { heading: 'id', value: ({ id }) => id, only: 'wide' },
  ],
};

const NAMES: View<EndpointNameResource> = {
  name: ({ id }) => id,
  fields: [
    { heading: 'endpoint', value: ({ name }) => name },
    { heading: 'url', value: ({ url }) => url },
    { heading: 'id', value: ({ id }) => id, only: 'wide' },
  ],
};

const PING: View<PingResource> = {
  name: ({ ok }) => showFlag(ok),
  fields: [
    { heading: 'ok', value: ({ ok }) => showFlag(ok) },
    { heading: 'message', value: ({ message }) => message },
  ],
};

function withEndpoint<Args>(cli: Argv<Args>) {
  return cli.positional('endpoint', { type: 'string', demandOption: true, describe: 'its name, or its id' });
}

function withSettings<Args>(cli: Argv<Args>) {
  return cli
    .option('username', { type: 'string', requiresArg: true })
    .option('secret-file', {
      type: 'string',
      requiresArg: true,
      describe: 'its password; - is standard input',
    })
    .option('realm-host', {
      type: 'string',
      ...REPEATED,
      describe: 'a token server elsewhere that may have the credentials; may be repeated',
    })
    .option('allow-remote-registry', {
      type: 'string',
      ...REPEATED,
      describe: 'what policies of maintainers may name there besides, as a glob; may be repeated',
    })
    .option('skip-tls-verify', { type: 'boolean', describe: 'take any certificate' })
    .option('ca-file', { type: 'string', requiresArg: true, describe: 'certificates to trust, PEM' });
}

async function settingsOf(
  world: World,
  args: {
    readonly username?: string | undefined;
    readonly secretFile?: string | undefined;
    readonly realmHost?: string[] | undefined;
    readonly allowRemoteRegistry?: string[] | undefined;
    readonly skipTlsVerify?: boolean | undefined;
    readonly caFile?: string | undefined;
  },
) {
  const { username, realmHost, allowRemoteRegistry, skipTlsVerify } = args;
  return {
    ...{ username, realmHosts: realmHost, remoteRegistries: allowRemoteRegistry, skipTlsVerify },
    caCertificate: await contentOf(world, args.caFile),
    secret: (await contentOf(world, args.secretFile))?.trimEnd(),
  };
}
