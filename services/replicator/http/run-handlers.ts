import { REPLICATION_ROUTES, ReplicationRunCreation } from '@berth/contracts';
import {
  bodyReader,
  type Exchange,
  etag,
  formatPath,
  type ManagementHandlers,
  type ManagementIdentity,
  queryReader,
  sendJson,
  sendResource,
} from '@berth/http';
import type { RunDocument } from '../documents/run.ts';
import { requirePolicy } from '../policies/find-policy.ts';
import type { Replicator } from '../ports.ts';
import { listRuns, requireRun } from '../runs/find-run.ts';
import { cancelRun, retryRun, startRun } from '../runs/start-run.ts';
import { viewRuns } from '../runs/view-run.ts';
import { listTasks, viewTask } from '../tasks/find-tasks.ts';
import { originOf } from './origin-of.ts';

/** Runs of replication policies, and their tasks. */
export function runHandlers({ records, wake }: Replicator) {
  const readRuns = queryReader(REPLICATION_ROUTES.listReplicationRuns.query);
  const readTasks = queryReader(REPLICATION_ROUTES.listReplicationTasks.query);
  const readCreation = bodyReader(ReplicationRunCreation);

  async function sendAccepted({ response }: Exchange<ManagementIdentity>, run: RunDocument): Promise<void> {
    wake();
    const Location = formatPath(REPLICATION_ROUTES.getReplicationRun.pattern, { runId: run.id });
    const [body] = await viewRuns(records, [run]);
    sendJson(response, 202, body, { ETag: etag(run.version, body), Location });
  }

  return {
    async startReplicationRun(exchange) {
      const policy = await requirePolicy(records, exchange.params.id ?? '');
      const { dryRun = false } = await readCreation(exchange.request);
      await sendAccepted(
        exchange,
        await startRun(records, policy, { dryRun, actor: originOf(exchange).actor }),
      );
    },
    async listReplicationRuns({ params, query, response }) {
      const { id } = await requirePolicy(records, params.id ?? '');
      const { items, next } = await listRuns(records, id, readRuns(query));
      sendJson(response, 200, { items: await viewRuns(records, items), next });
    },
    async getReplicationRun(exchange) {
      const run = await requireRun(records, exchange.params.runId ?? '');
      const [body] = await viewRuns(records, [run]);
      sendResource(exchange, { tag: etag(run.version, body), body });
    },
    async listReplicationTasks({ params, query, response }) {
      const { id } = await requireRun(records, params.runId ?? '');
      const { items, next } = await listTasks(records, id, readTasks(query));
      sendJson(response, 200, { items: items.map(viewTask), next });
    },
    async cancelReplicationRun(exchange) {
      await sendAccepted(exchange, await cancelRun(records, exchange.params.runId ?? ''));
    },
    async retryReplicationRun(exchange) {
      await sendAccepted(exchange, await retryRun(records, exchange.params.runId ?? ''));
    },
  } satisfies Partial<ManagementHandlers<typeof REPLICATION_ROUTES>>;
}
