import { SWEEP_ROUTES } from '@berth/contracts';
import {
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
import type { SweepDocument } from '../documents/sweep.ts';
import { cancelSweep, listSweeps, requireSweep, viewSweep } from '../sweeps/find-sweep.ts';
import { startSweep } from '../sweeps/start-sweep.ts';

/** `/api/v1/cleanup/sweeps` */
export function sweepHandlers({ records, wake }: Cleaner) {
  const readQuery = queryReader(SWEEP_ROUTES.listSweeps.query);

  function sendAccepted({ response }: Exchange<ManagementIdentity>, sweep: SweepDocument): void {
    const Location = formatPath(SWEEP_ROUTES.getSweep.pattern, { id: sweep.id });
    sendJson(response, 202, viewSweep(sweep), { ETag: etag(sweep.version), Location });
  }

  return {
    async listSweeps({ query, response }) {
      const { items, next } = await listSweeps(records, readQuery(query));
      sendJson(response, 200, { items: items.map(viewSweep), next });
    },
    async startSweep(exchange) {
      const { id, kind, name } = exchange.identity.principal;
      const sweep = await startSweep(records, { trigger: 'manual', actor: { id, kind, name } });
      wake();
      sendAccepted(exchange, sweep);
    },
    async getSweep(exchange) {
      const sweep = await requireSweep(records, exchange.params.id ?? '');
      sendResource(exchange, { tag: etag(sweep.version), body: viewSweep(sweep) });
    },
    async cancelSweep(exchange) {
      sendAccepted(exchange, await cancelSweep(records, exchange.params.id ?? ''));
    },
  } satisfies Partial<ManagementHandlers<typeof SWEEP_ROUTES>>;
}
