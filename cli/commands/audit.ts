import type { AuditEntry } from '@berth/contracts';
import { type Act, type Cli, pageSize, withLimit } from '../command.ts';
import { parsePast } from '../expiry.ts';
import { showTime } from '../output/format.ts';
import type { View } from '../output/view.ts';

export function withAuditCommand(cli: Cli, act: Act): Cli {
  return cli.command(
    'audit [registry]',
    'Who did what to what, newest first',
    (y) =>
      withLimit(y, 100)
        .positional('registry', { type: 'string', describe: 'all that I may see, without' })
        .option('actor', { type: 'string', requiresArg: true, describe: 'name of who did it' })
        .option('action', { type: 'string', requiresArg: true, describe: 'such as registry.created' })
        .option('object', { type: 'string', requiresArg: true, describe: 'name of what it was done to' })
        .option('outcome', { choices: ['success', 'failure'] as const, requiresArg: true })
        .option('since', { type: 'string', requiresArg: true, describe: '7d, 12h, or 2030-01-31' })
        .option('until', { type: 'string', requiresArg: true, describe: 'as --since' }),
    act(async ({ world, client, output }, args) => {
      const { registry, actor, action, object, outcome, since, until, limit } = args;
      const time = (given: string | undefined) =>
        given === undefined ? undefined : parsePast(given, world.now());
      const query = {
        registry,
        actor,
        action,
        object,
        outcome,
        since: time(since),
        until: time(until),
        limit: pageSize(limit),
      };
      await output.list(VIEW, client.pages('listAudit', { query }), limit);
    }),
  );
}

const VIEW: View<AuditEntry> = {
  name: ({ id }) => id,
  fields: [
    { heading: 'time', value: ({ time }, look) => showTime(time, look) },
    { heading: 'who', value: ({ actor }) => actor.name },
    { heading: 'action', value: ({ action }) => action },
    { heading: 'object', value: ({ object }) => `${object.kind} ${object.name}` },
    { heading: 'registry', value: ({ registry }) => registry ?? '-' },
    { heading: 'outcome', value: ({ outcome }) => outcome },
    { heading: 'address', value: ({ address }) => address ?? '-' },
  ],
};
