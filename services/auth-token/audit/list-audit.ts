import type { Page, PageQuery, Stored } from '@berth/document-store';
import type { AuditRecord } from '../documents/audit-record.ts';
import type { Facts } from '../facts.ts';

export interface AuditQuery {
  readonly registryId?: string | undefined;
  /** Names, exactly. */
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly object?: string | undefined;
  readonly outcome?: string | undefined;
  /** RFC 3339, UTC, with milliseconds; `since` is within, `until` is not. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
}

/** How often a page asks the store for as many as it still lacks, where a second filter passes over some. */
const MAX_ROUNDS = 40;

/**
 * The audit log, newest first. The filter that leaves least is looked up in its index, together with the time; the others
 * pass over what they do not want, within a bounded scan: a page may be short, or empty, and have a next.
 */
export async function listAudit(
  { auditLog }: Pick<Facts, 'auditLog'>,
  query: AuditQuery,
): Promise<Page<AuditRecord & Stored>> {
  const { limit } = query;
  const source = sourceOf(query);
  const wants = filterOf(query);
  const items: (AuditRecord & Stored)[] = [];
  let next: string | null = query.after ?? null;
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const page: Page<AuditRecord & Stored> = await auditLog.page({
      ...source,
      descending: true,
      limit: limit - items.length,
      ...(next !== null && { after: next }),
    });
    items.push(...page.items.filter(wants));
    next = page.next;
    if (next === null || items.length === limit) break;
  }
  return { items, next };
}

function sourceOf({
  registryId,
  object,
  actor,
  action,
  outcome,
  since,
  until,
}: AuditQuery): Pick<PageQuery, 'index' | 'equals' | 'range'> {
  const range =
    since === undefined && until === undefined
      ? {}
      : { range: { ...(since !== undefined && { gte: since }), ...(until !== undefined && { lt: until }) } };
  if (object !== undefined) return { index: 'byObject', equals: { objectName: object }, ...range };
  if (actor !== undefined) return { index: 'byActor', equals: { actorName: actor }, ...range };
  if (registryId !== undefined) return { index: 'byRegistry', equals: { registryId }, ...range };
  if (action !== undefined) return { index: 'byAction', equals: { action }, ...range };
  if (outcome !== undefined) return { index: 'byOutcome', equals: { outcome }, ...range };
  return { index: 'byTime', ...range };
}

function filterOf({ registryId, object, actor, action, outcome }: AuditQuery) {
  return (record: AuditRecord): boolean =>
    (registryId === undefined || record.registryId === registryId) &&
    (object === undefined || record.objectName === object) &&
    (actor === undefined || record.actorName === actor) &&
    (action === undefined || record.action === action) &&
    (outcome === undefined || record.outcome === outcome);
}
