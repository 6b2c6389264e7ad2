import { ACCESS_ROUTES, type AuditEntry } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import { parsePage, sendJson } from '@berth/http';
import { Type } from '@sinclair/typebox';
import type { AccessService } from '../access-service.ts';
import { listAudit } from '../audit/list-audit.ts';
import type { AuditRecord } from '../documents/audit-record.ts';
import { type ManagementExchange, NO_STORE, parseTimestamp, queryReader } from './exchange-parts.ts';

const FILTERS = Type.Omit(ACCESS_ROUTES.listAudit.query, ['limit', 'after']);

/** `/audit`. */
export function auditHandlers({ facts }: Pick<AccessService, 'facts'>) {
  const readFilters = queryReader(FILTERS);

  return {
    async listAudit({ query, response, identity }: ManagementExchange) {
      const { limit, after } = parsePage(query);
      const { actor, action, object, outcome, since, until } = readFilters(withoutPaging(query));
      const { items, next } = await listAudit(facts, {
        registryId: identity.registry?.id,
        actor,
        action,
        object,
        outcome,
        since: since && parseTimestamp(since, { path: '/since', code: 'QUERY_INVALID' }),
        until: until && parseTimestamp(until, { path: '/until', code: 'QUERY_INVALID' }),
        limit,
        after,
      });
      sendJson(response, 200, { items: items.map(viewEntry), next }, NO_STORE);
    },
  };
}

function withoutPaging(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => name !== 'limit' && name !== 'after'));
}

function viewEntry(record: AuditRecord & Stored): AuditEntry {
  const { id, time, actor, action, object, registry = null, address = null, outcome, detail } = record;
  return { id, time, actor, action, object, registry, address, outcome, ...(detail && { detail }) };
}
