import type { Page } from '@berth/document-store';
import type { StandingDocument } from '../documents/standing.ts';
import type { WebhookDocument } from '../documents/webhook.ts';
import type { Records } from '../records.ts';

export interface WebhookQuery {
  /** `*` for those of all registries; undefined for every webhook. */
  readonly registryId: string | undefined;
  readonly limit: number;
  readonly after?: string;
  readonly q?: string;
  readonly name?: string;
}

export interface WebhookWithStanding {
  readonly webhook: WebhookDocument;
  readonly standing: StandingDocument | null;
}

/** Webhooks in the order of their names. */
export async function listWebhooks(
  records: Records,
  query: WebhookQuery,
): Promise<Page<WebhookWithStanding>> {
  const { registryId, limit, after, q, name } = query;
  const { items, next } = await records.webhooks.page({
    index: registryId === undefined ? 'byName' : 'byRegistry',
    equals: { ...(registryId !== undefined && { registryId }), ...(name !== undefined && { name }) },
    limit,
    ...(after !== undefined && { after }),
    ...(q !== undefined && { contains: { field: 'name', text: q } }),
  });
  const standings = await records.standings.getMany(items.map(({ id }) => id));
  return { items: items.map((webhook, index) => ({ webhook, standing: standings[index] ?? null })), next };
}
