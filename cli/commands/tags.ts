import type { TagResource } from '@berth/contracts';
import type { ManagementClient } from '@berth/management-client';
import type { Argv } from 'yargs';
import { confirmRemoval } from '../ask.ts';
import { type Act, type Cli, searchQuery, withSearch, withYes } from '../command.ts';
import { showDigest, showTime } from '../output/format.ts';
import type { View } from '../output/view.ts';
import { type ImageReference, isDigest, parseImage, parseTag, repositoryOf } from '../reference.ts';
import { withImage } from './images.ts';

export function tagCommands(cli: Cli, act: Act): Cli {
  return cli
    .command(
      'list <image>',
      'The tags of an image',
      (y) =>
        withSearch(withImage(y)).option('sort', {
          choices: ['name', '-name', 'updatedAt', '-updatedAt'] as const,
          requiresArg: true,
          describe: 'with "-" in front: descending (--sort=-updatedAt)',
        }),
      act(async ({ client, output }, args) => {
        const params = parseImage(args.image, client.origin);
        const query = { ...searchQuery(args), sort: args.sort };
        await output.list(VIEW, client.pages('listTags', { params, query }), args.limit);
      }),
    )
    .command(
      'get <tag>',
      'One tag',
      (y) => withTag(y),
      act(async ({ client, output }, args) => {
        const params = parseTag(args.tag, client.origin);
        await output.one(VIEW, (await client.call('getTag', { params })).body);
      }),
    )
    .command(
      'set <tag> <target>',
      'Create a tag, or move it',
      (y) =>
        withTag(y)
          .positional('target', {
            type: 'string',
            demandOption: true,
            describe: 'a digest, or another tag of the image',
          })
          .option('new', {
            type: 'boolean',
            default: false,
            describe: 'fail where the tag is there already',
          }),
      act(async ({ client, output }, args) => {
        const params = parseTag(args.tag, client.origin);
        const body = { digest: await digestOf(client, params, args.target) };
        const ifNoneMatch = args.new ? '*' : undefined;
        await output.one(VIEW, (await client.call('putTag', { params, body, ifNoneMatch })).body);
      }),
    )
    .command(
      'delete <tag>',
      'Delete a tag; its artifact stays',
      (y) => withYes(withTag(y)),
      act(async ({ world, client, output }, args) => {
        const params = parseTag(args.tag, client.origin);
        const name = `${repositoryOf(params)}:${params.tag}`;
        await confirmRemoval(world, `tag ${name}`, args.yes);
        await client.call('deleteTag', { params });
        await output.done(`tag ${name} deleted`);
      }),
    );
}

const VIEW: View<TagResource> = {
  name: ({ name }) => name,
  fields: [
    { heading: 'tag', value: ({ name }) => name },
    { heading: 'digest', value: ({ digest }, look) => showDigest(digest, look) },
    { heading: 'updated', value: ({ updatedAt }, look) => showTime(updatedAt, look) },
    { heading: 'pulled', value: ({ lastPulledAt }, look) => showTime(lastPulledAt, look) },
    { heading: 'by', value: ({ createdBy }) => createdBy.name, only: 'wide' },
  ],
};

function withTag<Args>(cli: Argv<Args>) {
  return cli.positional('tag', { type: 'string', demandOption: true, describe: 'such as acme/team/web:1.0' });
}

/** The digest that is meant: as given, or of another tag of the same image, with or without its colon. */
async function digestOf(
  client: ManagementClient,
  { registry, image }: ImageReference,
  target: string,
): Promise<string> {
  const digest = target.replace(/^@/, '');
  if (isDigest(digest)) return digest;
  const tag = target.replace(/^:/, '');
  return (await client.call('getTag', { params: { registry, image, tag } })).body.digest;
}
