import { type WEBHOOK_ROUTES, WebhookCreation } from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import {
  bodyReader,
  type Exchange,
  etag,
  formatPath,
  type ManagementHandlers,
  type ManagementIdentity,
  parsePage,
  requireIfMatch,
  sendEmpty,
  sendJson,
} from '@berth/http';
import type { Dispatcher } from '../dispatcher.ts';
import { ALL_REGISTRIES, type WebhookDocument } from '../documents/webhook.ts';
import type { Origin } from '../events.ts';
import { createWebhook } from '../webhooks/create-webhook.ts';
import { deleteWebhook } from '../webhooks/delete-webhook.ts';
import { requireWebhook } from '../webhooks/find-webhook.ts';
import { listWebhooks } from '../webhooks/list-webhooks.ts';
import { updateWebhook } from '../webhooks/update-webhook.ts';
import { viewWebhook } from '../webhooks/view-webhook.ts';
import { readUpdate } from './read-update.ts';

type Answer = Pick<Exchange<ManagementIdentity>, 'response'>;

/** `/api/v1/webhooks` and `/api/v1/webhooks/{id}`. */
export function webhookHandlers(dispatcher: Dispatcher) {
  const { records, wake } = dispatcher;
  const readCreation = bodyReader(WebhookCreation);

  async function send(
    { response }: Answer,
    status: number,
    webhook: WebhookDocument,
    headers = {},
  ): Promise<void> {
    const view = viewWebhook(webhook, await records.standings.get(webhook.id));
    sendJson(response, status, view, { ETag: etag(webhook.version), ...headers });
  }

  return {
    async listWebhooks({ query, identity, response }) {
      const registryId =
        identity.registry?.id ?? (query.get('registry') === ALL_REGISTRIES ? ALL_REGISTRIES : undefined);
      const { items, next } = await listWebhooks(records, { ...parsePage(query), registryId });
      sendJson(response, 200, {
        items: items.map(({ webhook, standing }) => viewWebhook(webhook, standing)),
        next,
      });
    },
    async createWebhook(exchange) {
      const { registry: _, ...settings } = await readCreation(exchange.request);
      const { registry } = exchange.identity;
      const webhook = await createWebhook(dispatcher, { registry, settings, origin: originOf(exchange) });
      await send(exchange, 201, webhook, {
        Location: formatPath('/api/v1/webhooks/{id}', { id: webhook.id }),
      });
    },
    async getWebhook(exchange) {
      await send(exchange, 200, await requireWebhook(records, exchange.params.id ?? ''));
    },
    async updateWebhook(exchange) {
      const id = exchange.params.id ?? '';
      const changed = await retryConflict(`webhook ${id}`, async () => {
        const webhook = await requireWebhook(records, id);
        requireIfMatch(exchange.request, webhook.version);
        const update = await readUpdate(exchange, webhook);
        return await updateWebhook(dispatcher, webhook, { ...update, origin: originOf(exchange) });
      });
      wake();
      await send(exchange, 200, changed);
    },
    async deleteWebhook(exchange) {
      const id = exchange.params.id ?? '';
      await retryConflict(`webhook ${id}`, async () => {
        const webhook = await requireWebhook(records, id);
        requireIfMatch(exchange.request, webhook.version);
        await deleteWebhook(records, webhook, originOf(exchange));
      });
      wake();
      sendEmpty(exchange.response, 204);
    },
  } satisfies Partial<ManagementHandlers<typeof WEBHOOK_ROUTES>>;
}

function originOf({ identity, clientAddress }: Exchange<ManagementIdentity>): Origin {
  const { id, kind, name } = identity.principal;
  return { actor: { id, kind, name }, via: 'api', address: clientAddress.slice(0, 64) };
}
