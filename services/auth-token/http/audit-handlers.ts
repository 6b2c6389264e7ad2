import { ACCESS_ROUTES, type AuditEntry } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import { queryReader, sendJson } from '@berth/http';
import type { AccessService } from '../access-service.ts';
import { listAudit } from '../audit/list-audit.ts';
import type { AuditRecord } from '../documents/audit-record.ts';
import { type ManagementExchange, NO_STORE, parseTimestamp } from './exchange-parts.ts';

/** `/audit`. */
export function auditHandlers({ facts }: Pick<AccessService, 'facts'>) {
  const readQuery = queryReader(ACCESS_ROUTES.listAudit.query);

  return {
    async listAudit({ query, response, identity }: ManagementExchange) {
      const { registry: _, since, until, ...filters } = readQuery(query);
      const { items, next } = await listAudit(facts, {
        ...filters,
        registryId: identity.registry?.id,
        since: since && parseTimestamp(since, { path: '/since', code: 'QUERY_INVALID' }),
        until: until && parseTimestamp(until, { path: '/until', code: 'QUERY_INVALID' }),
      });
      sendJson(response, 200, { items: items.map(viewEntry), next }, NO_STORE);
    },
  };
}

function viewEntry(record: AuditRecord & Stored): AuditEntry {
  const { id, time, actor, action, object, registry = null, address = null, outcome, detail } = record;
  return { id, time, actor, action, object, registry, address, outcome, ...(detail && { detail }) };
}
