import type { ManagementClient } from '@berth/management-client';
import type { Argv } from 'yargs';
import { confirmRemoval } from '../ask.ts';
import { type Act, type Cli, pageSize, withLimit, withYes } from '../command.ts';
import { parseImage, parseReference, parseRegistryOrImage, repositoryOf } from '../reference.ts';
import { UsageError } from '../usage-error.ts';
import { ARTIFACT_DETAIL_VIEW, ARTIFACT_VIEW, DELETED_VIEW, RESTORED_VIEW } from './artifact-view.ts';
import { withImage } from './images.ts';

export function artifactCommands(cli: Cli, act: Act): Cli {
  return cli
    .command(
      'list <image>',
      'The artifacts of an image, newest first',
      (y) =>
        withLimit(withImage(y))
          .option('tag', { type: 'string', requiresArg: true, describe: 'the one that this tag points at' })
          .option('untagged', { type: 'boolean', describe: 'only those without a tag' })
          .option('attached', { type: 'boolean', describe: 'also what belongs to another artifact' })
          .option('oldest-first', { type: 'boolean', describe: 'in the order they were pushed' }),
      act(async ({ client, output }, args) => {
        const params = parseImage(args.image, client.origin);
        const { tag, untagged, attached, oldestFirst, limit } = args;
        const sort = oldestFirst ? ('pushedAt' as const) : undefined;
        const query = { tag, untagged, attached, sort, limit: pageSize(limit) };
        await output.list(ARTIFACT_VIEW, client.pages('listArtifacts', { params, query }), limit);
      }),
    )
    .command(
      'get <artifact>',
      'One artifact, with what its manifest says',
      (y) => withArtifact(y, 'such as acme/team/web:1.0 or acme/team/web@sha256:…'),
      act(async ({ client, output }, args) => {
        const params = await findArtifact(client, args.artifact);
        await output.one(ARTIFACT_DETAIL_VIEW, (await client.call('getArtifact', { params })).body);
      }),
    )
    .command(
      'delete <artifact>',
      'Delete an artifact with its tags and what is attached to it',
      (y) => withYes(withArtifact(y, 'such as acme/team/web@sha256:…')),
      act(async ({ world, client, output }, args) => {
        const { params, name } = parseDigested(
          args.artifact,
          client,
          '; "berth tags delete" removes a tag alone',
        );
        await confirmRemoval(world, `artifact ${name} with its tags`, args.yes);
        await client.call('deleteArtifact', { params });
        await output.done(`artifact ${name} deleted`);
      }),
    )
    .command(
      'deleted <image>',
      'The recycle bin of an image, or of a whole registry: what can be restored',
      (y) =>
        withLimit(y).positional('image', {
          type: 'string',
          demandOption: true,
          describe: 'such as acme/team/web, or acme',
        }),
      act(async ({ client, output }, args) => {
        const { registry, image } = parseRegistryOrImage(args.image, client.origin);
        const query = { limit: pageSize(args.limit) };
        const pages =
          image === undefined
            ? client.pages('listDeletedInRegistry', { params: { registry }, query })
            : client.pages('listDeletedArtifacts', { params: { registry, image }, query });
        await output.list(DELETED_VIEW, pages, args.limit);
      }),
    )
    .command(
      'restore <artifact>',
      'Bring a deleted artifact back with its tags, its children and what was attached to it',
      (y) => withArtifact(y, 'such as acme/team/web@sha256:…'),
      act(async ({ client, output }, args) => {
        const { params } = parseDigested(args.artifact, client, '');
        await output.one(RESTORED_VIEW, (await client.call('restoreArtifact', { params })).body);
      }),
    )
    .command(
      'purge <artifact>',
      'Take a deleted artifact out of the recycle bin for good',
      (y) => withYes(withArtifact(y, 'such as acme/team/web@sha256:…')),
      act(async ({ world, client, output }, args) => {
        const { params, name } = parseDigested(args.artifact, client, '');
        await confirmRemoval(world, `deleted artifact ${name} for good`, args.yes);
        await client.call('purgeArtifact', { params });
        await output.done(`artifact ${name} purged; the storage sweep frees its bytes later`);
      }),
    );
}

function parseDigested(text: string, client: ManagementClient, advice: string) {
  const { registry, image, digest } = parseReference(text, client.origin);
  if (digest === undefined) throw new UsageError(`"${text}" has no digest${advice}`);
  return { params: { registry, image, digest }, name: `${repositoryOf({ registry, image })}@${digest}` };
}

function withArtifact<Args>(cli: Argv<Args>, describe: string) {
  return cli.positional('artifact', { type: 'string', demandOption: true, describe });
}

/** The parts of the path of an artifact that a tag or a digest names. */
async function findArtifact(client: ManagementClient, text: string) {
  const { registry, image, tag, digest } = parseReference(text, client.origin);
  if (digest !== undefined) return { registry, image, digest };
  if (tag === undefined) throw new UsageError(`"${text}" names neither a tag nor a digest`);
  const found = await client.call('getTag', { params: { registry, image, tag } });
  return { registry, image, digest: found.body.digest };
}
