import { CLEANUP_ROUTES, CleanupRunCreation } from '@berth/contracts';
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
import type { Cleaner } from '../cleaner.ts';
import type { RunDocument } from '../documents/cleanup-run.ts';
import { requirePolicy } from '../policies/find-policies.ts';
import {
  cancelRun,
  confirmRun,
  listDecisions,
  listRuns,
  requireRun,
  viewDecision,
  viewRun,
} from '../runs/find-runs.ts';
import { startRun } from '../runs/start-run.ts';
import { originOf } from './origin-of.ts';

/** `/api/v1/cleanup/policies/{id}/runs` and `/api/v1/cleanup/runs/{id}` */
export function runHandlers({ records, wake }: Cleaner) {
  const readPage = queryReader(CLEANUP_ROUTES.listCleanupRuns.query);
  const readQuery = queryReader(CLEANUP_ROUTES.listCleanupDecisions.query);
  const readCreation = bodyReader(CleanupRunCreation);

  function sendAccepted({ response }: Exchange<ManagementIdentity>, run: RunDocument): void {
    const Location = formatPath(CLEANUP_ROUTES.getCleanupRun.pattern, { id: run.id });
    sendJson(response, 202, viewRun(run), { ETag: etag(run.version), Location });
    wake();
  }

  return {
    async startCleanupRun(exchange) {
      const { dryRun = false } = await readCreation(exchange.request);
      const policy = await requirePolicy(records, exchange.params.id ?? '');
      const wish = { isDryRun: dryRun, trigger: 'manual', origin: originOf(exchange) } as const;
      sendAccepted(exchange, await startRun(records, policy, wish));
    },
    async listCleanupRuns({ params, query, response }) {
      const { items, next } = await listRuns(records, params.id ?? '', readPage(query));
      sendJson(response, 200, { items: items.map(viewRun), next });
    },
    async getCleanupRun(exchange) {
      const run = await requireRun(records, exchange.params.id ?? '');
      sendResource(exchange, { tag: etag(run.version), body: viewRun(run) });
    },
    async listCleanupDecisions({ params, query, response }) {
      const { items, next } = await listDecisions(records, params.id ?? '', readQuery(query));
      sendJson(response, 200, { items: items.map(viewDecision), next });
    },
    async confirmCleanupRun(exchange) {
      sendAccepted(exchange, await confirmRun(records, exchange.params.id ?? '', originOf(exchange)));
    },
    async cancelCleanupRun(exchange) {
      sendAccepted(exchange, await cancelRun(records, exchange.params.id ?? '', originOf(exchange)));
    },
  } satisfies Partial<ManagementHandlers<typeof CLEANUP_ROUTES>>;
}
