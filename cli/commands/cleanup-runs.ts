import type { CleanupDecisionResource, CleanupRunResource } from '@berth/contracts';
import type { ManagementClient } from '@berth/management-client';
import type { Argv } from 'yargs';
import { type Act, type Cli, pageSize, withLimit } from '../command.ts';
import { showTime } from '../output/format.ts';
import type { View } from '../output/view.ts';

/** How the commands of runs name a policy. */
interface PolicyArgument {
  withPolicy<Args>(cli: Argv<Args>): Argv<Args & { policy: string }>;
  findPolicy(client: ManagementClient, text: string): Promise<string>;
}

export function runCommands(cli: Cli, act: Act, { withPolicy, findPolicy }: PolicyArgument): Cli {
  return cli
    .command(
      'run <policy>',
      'Run a cleanup policy now; it goes on in the background',
      (y) =>
        withPolicy(y).option('dry-run', {
          type: 'boolean',
          default: false,
          describe: 'delete nothing, only say what would go',
        }),
      act(async ({ client, output }, { policy, dryRun }) => {
        const params = { id: await findPolicy(client, policy) };
        await output.one(RUN, (await client.call('startCleanupRun', { params, body: { dryRun } })).body);
      }),
    )
    .command(
      'runs <policy>',
      'Runs of a cleanup policy, newest first',
      (y) => withLimit(withPolicy(y), 20),
      act(async ({ client, output }, { policy, limit }) => {
        const params = { id: await findPolicy(client, policy) };
        const query = { limit: pageSize(limit) };
        await output.list(RUN, client.pages('listCleanupRuns', { params, query }), limit);
      }),
    )
    .command(
      'show <run>',
      'One run of a cleanup policy, with how far it has come',
      (y) => withRun(y),
      act(async ({ client, output }, { run: id }) => {
        await output.one(RUN, (await client.call('getCleanupRun', { params: { id } })).body);
      }),
    )
    .command(
      'decisions <run>',
      'What a run decided for each artifact, and why',
      (y) =>
        withLimit(withRun(y), 500).option('outcome', {
          choices: ['kept', 'planned', 'deleted', 'keptSince', 'gone'] as const,
          describe: 'these alone',
        }),
      act(async ({ client, output }, { run: id, outcome, limit }) => {
        const query = { limit: pageSize(limit), outcome };
        await output.list(DECISION, client.pages('listCleanupDecisions', { params: { id }, query }), limit);
      }),
    )
    .command(
      'confirm <run>',
      'Have a run delete what it waits to be confirmed for',
      (y) => withRun(y),
      act(async ({ client, output }, { run: id }) => {
        await output.one(RUN, (await client.call('confirmCleanupRun', { params: { id } })).body);
      }),
    )
    .command(
      'cancel <run>',
      'End a run; what it deleted stays deleted',
      (y) => withRun(y),
      act(async ({ client, output }, { run: id }) => {
        await output.one(RUN, (await client.call('cancelCleanupRun', { params: { id } })).body);
      }),
    );
}

function withRun<Args>(cli: Argv<Args>) {
  return cli.positional('run', { type: 'string', demandOption: true, describe: 'its id' });
}

const RUN: View<CleanupRunResource> = {
  name: ({ id }) => id,
  fields: [
    { heading: 'run', value: ({ id }) => id },
    { heading: 'policy', value: ({ registry, policy }) => `${registry}/${policy.name}` },
    { heading: 'state', value: ({ state, error }) => (error === undefined ? state : `${state}: ${error}`) },
    { heading: 'kind', value: ({ trigger, dryRun }) => (dryRun ? `${trigger}, dry` : trigger) },
    { heading: 'images', value: ({ counts }) => `${counts.imagesDone}/${counts.images}` },
    { heading: 'artifacts', value: ({ counts }) => String(counts.artifacts) },
    { heading: 'deleted', value: ({ counts }) => String(counts.deleted) },
    { heading: 'kept', value: ({ counts }) => String(counts.kept + counts.keptSince) },
    { heading: 'created', value: ({ createdAt }, look) => showTime(createdAt, look) },
    { heading: 'by', value: ({ createdBy }) => createdBy.name, only: 'wide' },
    { heading: 'confirmed by', value: ({ confirmedBy }) => confirmedBy?.name ?? '-', only: 'wide' },
    { heading: 'cancelled by', value: ({ cancelledBy }) => cancelledBy?.name ?? '-', only: 'wide' },
  ],
};

const DECISION: View<CleanupDecisionResource> = {
  name: ({ image, digest }) => `${image}@${digest}`,
  fields: [
    { heading: 'image', value: ({ image }) => image },
    { heading: 'tags', value: ({ tags }) => tags.join(', ') || '-' },
    { heading: 'outcome', value: ({ outcome }) => outcome },
    { heading: 'policy', value: ({ policy }) => policy ?? '-' },
    { heading: 'reason', value: ({ reason }) => reason },
    { heading: 'digest', value: ({ digest }) => digest },
  ],
};
