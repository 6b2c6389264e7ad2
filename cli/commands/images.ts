import type { ImageResource } from '@berth/contracts';
import type { Argv } from 'yargs';
import { confirmRemoval } from '../ask.ts';
import { type Act, type Cli, searchQuery, withSearch, withYes } from '../command.ts';
import { showSize, showTime } from '../output/format.ts';
import type { View } from '../output/view.ts';
import { parseImage, repositoryOf } from '../reference.ts';

export function imageCommands(cli: Cli, act: Act): Cli {
  return cli
    .command(
      'list <registry>',
      'The images of a registry',
      (y) => withSearch(y).positional('registry', { type: 'string', demandOption: true }),
      act(async ({ client, output }, { registry, ...args }) => {
        const query = searchQuery(args);
        await output.list(VIEW, client.pages('listImages', { params: { registry }, query }), args.limit);
      }),
    )
    .command(
      'get <image>',
      'One image',
      (y) => withImage(y),
      act(async ({ client, output }, args) => {
        const params = parseImage(args.image, client.origin);
        await output.one(VIEW, (await client.call('getImage', { params })).body);
      }),
    )
    .command(
      'delete <image>',
      'Delete an image with all its artifacts and tags',
      (y) => withYes(withImage(y)),
      act(async ({ world, client, output }, args) => {
        const params = parseImage(args.image, client.origin);
        const name = repositoryOf(params);
        await confirmRemoval(world, `image ${name} with all its artifacts and tags`, args.yes);
        const { status } = await client.call('deleteImage', { params });
        await output.done(`image ${name} ${status === 202 ? 'is being deleted' : 'deleted'}`);
      }),
    );
}

/** `acme/team/web`, as a positional argument. */
export function withImage<Args>(cli: Argv<Args>) {
  return cli.positional('image', { type: 'string', demandOption: true, describe: 'such as acme/team/web' });
}

const VIEW: View<ImageResource> = {
  name: repository,
  fields: [
    { heading: 'image', value: repository },
    { heading: 'tags', value: ({ tagCount }) => String(tagCount), right: true },
    { heading: 'artifacts', value: ({ artifactCount }) => String(artifactCount), right: true },
    { heading: 'size', value: ({ size }) => showSize(size), right: true },
    { heading: 'pulls', value: ({ pullCount }) => String(pullCount), right: true },
    { heading: 'state', value: ({ state }) => state, only: 'wide' },
    { heading: 'updated', value: ({ updatedAt }, look) => showTime(updatedAt, look) },
    { heading: 'created', value: ({ createdAt }, look) => showTime(createdAt, look), only: 'wide' },
    { heading: 'by', value: ({ createdBy }) => createdBy.name, only: 'wide' },
    { heading: 'id', value: ({ id }) => id, only: 'detail' },
  ],
};

function repository({ registry, name }: ImageResource): string {
  return repositoryOf({ registry, image: name });
}
