import type { SweepResource } from '@berth/contracts';
import type { Argv } from 'yargs';
import { type Act, type Cli, pageSize, withLimit } from '../command.ts';
import { showSize, showTime } from '../output/format.ts';
import type { View } from '../output/view.ts';

export function sweepCommands(cli: Cli, act: Act): Cli {
  return cli
    .command(
      'list',
      'Storage sweeps, newest first',
      (y) => withLimit(y, 20),
      act(async ({ client, output }, { limit }) => {
        await output.list(VIEW, client.pages('listSweeps', { query: { limit: pageSize(limit) } }), limit);
      }),
    )
    .command(
      'start',
      'Delete the bytes that no image needs any more, now; it goes on in the background',
      (y) => y,
      act(async ({ client, output }) => {
        await output.one(VIEW, (await client.call('startSweep')).body);
      }),
    )
    .command(
      'get <sweep>',
      'One storage sweep, with what it did so far',
      (y) => withSweep(y),
      act(async ({ client, output }, { sweep: id }) => {
        await output.one(VIEW, (await client.call('getSweep', { params: { id } })).body);
      }),
    )
    .command(
      'cancel <sweep>',
      'End a storage sweep; what it did stays done',
      (y) => withSweep(y),
      act(async ({ client, output }, { sweep: id }) => {
        await output.one(VIEW, (await client.call('cancelSweep', { params: { id } })).body);
      }),
    );
}

function withSweep<Args>(cli: Argv<Args>) {
  return cli.positional('sweep', { type: 'string', demandOption: true, describe: 'its id' });
}

const VIEW: View<SweepResource> = {
  name: ({ id }) => id,
  fields: [
    { heading: 'sweep', value: ({ id }) => id },
    { heading: 'state', value: ({ state, error }) => (error === undefined ? state : `${state}: ${error}`) },
    { heading: 'trigger', value: ({ trigger }) => trigger },
    { heading: 'freed', value: ({ keys }) => showSize(keys.freedBytes) },
    { heading: 'links', value: ({ links }) => String(links.removed) },
    { heading: 'blobs', value: ({ blobs }) => `${blobs.removed} (${blobs.condemned} condemned)` },
    { heading: 'uploads', value: ({ uploads }) => String(uploads.abandoned + uploads.unnamed) },
    { heading: 'failed', value: ({ keys }) => String(keys.failed) },
    { heading: 'started', value: ({ startedAt }, look) => (startedAt ? showTime(startedAt, look) : '-') },
    { heading: 'finished', value: ({ finishedAt }, look) => (finishedAt ? showTime(finishedAt, look) : '-') },
  ],
};
