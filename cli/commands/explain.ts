import type { ResultOf } from '@berth/management-client';
import type { Act, Cli } from '../command.ts';
import type { View } from '../output/view.ts';
import { parseImage } from '../reference.ts';

export function withExplainCommand(cli: Cli, act: Act): Cli {
  return cli.command(
    'explain <subject> <action> <where>',
    'May somebody do something, and why',
    (y) =>
      y
        .positional('subject', {
          type: 'string',
          demandOption: true,
          describe: 'user:ada, robot:acme+ci, key:…, group:core or anonymous',
        })
        .positional('action', {
          type: 'string',
          demandOption: true,
          describe: 'pull, push, delete, or a role that is asked for',
        })
        .positional('where', { type: 'string', demandOption: true, describe: 'acme, or acme/team/web' }),
    act(async ({ client, output }, { subject, action, where }) => {
      const { registry, image } = where.includes('/')
        ? parseImage(where, client.origin)
        : { registry: where, image: undefined };
      const query = { subject, action, registry, image };
      await output.one(VIEW, (await client.call('explainAccess', { query })).body);
    }),
  );
}

const VIEW: View<ResultOf<'explainAccess'>> = {
  name: ({ allowed }) => (allowed ? 'allowed' : 'refused'),
  fields: [
    { heading: 'answer', value: ({ allowed }) => (allowed ? 'allowed' : 'refused') },
    { heading: 'because', value: ({ because }) => because },
  ],
};
