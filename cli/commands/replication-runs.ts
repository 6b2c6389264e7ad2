import type { ReplicationRunResource, ReplicationTaskResource } from '@berth/contracts';
import type { ManagementClient } from '@berth/management-client';
import type { Argv } from 'yargs';
import { type Act, type Cli, pageSize, withLimit } from '../command.ts';
import { showSize, showTime } from '../output/format.ts';
import type { View } from '../output/view.ts';

/** How the commands of runs name a policy. */
interface PolicyArgument {
  withPolicy<Args>(cli: Argv<Args>): Argv<Args & { policy: string }>;
  findPolicy(client: ManagementClient, text: string): Promise<string>;
}

const RUN_STATES = ['running', 'succeeded', 'partial', 'failed', 'cancelled'] as const;
const TASK_STATES = [
  'waiting',
  'planned',
  'copied',
  'deleted',
  'skipped',
  'conflict',
  'failed',
  'cancelled',
] as const;

export function replicationRunCommands(cli: Cli, act: Act, { withPolicy, findPolicy }: PolicyArgument): Cli {
  return cli
    .command(
      'run <policy>',
      'Copy now what a replication policy is for; it goes on in the background',
      (y) =>
        withPolicy(y).option('dry-run', {
          type: 'boolean',
          default: false,
          describe: 'copy nothing, only say what would be',
        }),
      act(async ({ client, output }, { policy, dryRun }) => {
        const params = { id: await findPolicy(client, policy) };
        await output.one(RUN, (await client.call('startReplicationRun', { params, body: { dryRun } })).body);
      }),
    )
    .command(
      'runs <policy>',
      'Runs of a replication policy, newest first',
      (y) => withLimit(withPolicy(y), 20).option('state', { choices: RUN_STATES, describe: 'these alone' }),
      act(async ({ client, output }, { policy, limit, state }) => {
        const params = { id: await findPolicy(client, policy) };
        const query = { limit: pageSize(limit), state };
        await output.list(RUN, client.pages('listReplicationRuns', { params, query }), limit);
      }),
    )
    .command(
      'show <run>',
      'One run of a replication policy',
      (y) => withRun(y),
      act(async ({ client, output }, { run: runId }) => {
        await output.one(RUN, (await client.call('getReplicationRun', { params: { runId } })).body);
      }),
    )
    .command(
      'tasks <run>',
      'What became of each tag of a run, and why',
      (y) => withLimit(withRun(y), 500).option('state', { choices: TASK_STATES, describe: 'these alone' }),
      act(async ({ client, output }, { run: runId, state, limit }) => {
        const query = { limit: pageSize(limit), state };
        await output.list(TASK, client.pages('listReplicationTasks', { params: { runId }, query }), limit);
      }),
    )
    .command(
      'cancel <run>',
      'End a run; what it copied stays',
      (y) => withRun(y),
      act(async ({ client, output }, { run: runId }) => {
        await output.one(RUN, (await client.call('cancelReplicationRun', { params: { runId } })).body);
      }),
    )
    .command(
      'retry <run>',
      'Try what failed in a run again, and nothing else',
      (y) => withRun(y),
      act(async ({ client, output }, { run: runId }) => {
        await output.one(RUN, (await client.call('retryReplicationRun', { params: { runId } })).body);
      }),
    );
}

function withRun<Args>(cli: Argv<Args>) {
  return cli.positional('run', { type: 'string', demandOption: true, describe: 'its id' });
}

const RUN: View<ReplicationRunResource> = {
  name: ({ id }) => id,
  fields: [
    { heading: 'run', value: ({ id }) => id },
    { heading: 'registry', value: ({ registry }) => registry },
    { heading: 'state', value: ({ state, error }) => (error === undefined ? state : `${state}: ${error}`) },
    { heading: 'kind', value: ({ trigger, dryRun }) => (dryRun ? `${trigger}, dry` : trigger) },
    {
      heading: 'done',
      value: ({ progress }) => (progress === undefined ? '-' : `${progress.done} of ${progress.tasks}`),
    },
    { heading: 'copied', value: ({ counts }) => String(counts?.copied ?? '-') },
    { heading: 'skipped', value: ({ counts }) => String(counts?.skipped ?? '-') },
    { heading: 'conflicts', value: ({ counts }) => String(counts?.conflict ?? '-') },
    { heading: 'failed', value: ({ counts }) => String(counts?.failed ?? '-') },
    { heading: 'sent', value: ({ counts, progress }) => showSent((counts ?? progress)?.copiedBytes) },
    { heading: 'a second', value: ({ bytesPerSecond }) => showSent(bytesPerSecond) },
    { heading: 'ends about', value: ({ estimatedEndAt = null }, look) => showTime(estimatedEndAt, look) },
    { heading: 'created', value: ({ createdAt }, look) => showTime(createdAt, look) },
  ],
};

function showSent(bytes: number | undefined): string {
  return bytes === undefined ? '-' : showSize(bytes);
}

const TASK: View<ReplicationTaskResource> = {
  name: ({ image, tag }) => `${image}:${tag}`,
  fields: [
    { heading: 'tag', value: ({ image, tag }) => `${image}:${tag}` },
    { heading: 'state', value: ({ state }) => state },
    { heading: 'sent', value: ({ copiedBytes }) => showSize(copiedBytes) },
    { heading: 'a second', value: ({ bytesPerSecond }) => showSent(bytesPerSecond) },
    { heading: 'tries', value: ({ tries }) => String(tries) },
    { heading: 'reason', value: ({ reason }) => reason ?? '-' },
  ],
};
