import { WEBHOOK_ROUTES, WebhookCreation } from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import {
  bodyReader,
  type Exchange,
  etag,
  formatPath,
  type ManagementHandlers,
  type ManagementIdentity,
  queryReader,
  sendEmpty,
  sendJson,
  sendResource,
  versionRequirement,
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

/** `/api/v1/webhooks` and `/api/v1/webhooks/{id}`. */
export function webhookHandlers(dispatcher: Dispatcher) {
  const { records, wake } = dispatcher;
  const readQuery = queryReader(WEBHOOK_ROUTES.listWebhooks.query);
  const readCreation = bodyReader(WebhookCreation);

  /** Shows how it fares, which changes without its version. */
  async function send(
    exchange: Exchange<ManagementIdentity>,
    webhook: WebhookDocument,
    more: { readonly status?: 201; readonly headers?: { readonly Location: string } } = {},
  ): Promise<void> {
    const body = viewWebhook(webhook, await records.standings.get(webhook.id));
    sendResource(exchange, { tag: etag(webhook.version, body), body, ...more });
  }

  return {
    async listWebhooks({ query, identity, response }) {
      const { registry, ...page } = readQuery(query);
      const registryId = identity.registry?.id ?? (registry === ALL_REGISTRIES ? ALL_REGISTRIES : undefined);
      const { items, next } = await listWebhooks(records, { ...page, registryId });
      sendJson(response, 200, {
        items: items.map(({ webhook, standing }) => viewWebhook(webhook, standing)),
        next,
      });
    },
    async createWebhook(exchange) {
      const { registry: _, ...settings } = await readCreation(exchange.request);
      const { registry } = exchange.identity;
      const webhook = await createWebhook(dispatcher, { registry, settings, origin: originOf(exchange) });
      const Location = formatPath(WEBHOOK_ROUTES.getWebhook.pattern, { id: webhook.id });
      await send(exchange, webhook, { status: 201, headers: { Location } });
    },
    async getWebhook(exchange) {
      await send(exchange, await requireWebhook(records, exchange.params.id ?? ''));
    },
    async updateWebhook(exchange) {
      const id = exchange.params.id ?? '';
      const changed = await retryConflict(`webhook ${id}`, async () => {
        const webhook = await requireWebhook(records, id);
        versionRequirement(exchange.request)(webhook.version);
        const update = await readUpdate(exchange, webhook);
        return await updateWebhook(dispatcher, webhook, { ...update, origin: originOf(exchange) });
      });
      wake();
      await send(exchange, changed);
    },
    async deleteWebhook(exchange) {
      const id = exchange.params.id ?? '';
      await retryConflict(`webhook ${id}`, async () => {
        const webhook = await requireWebhook(records, id);
        versionRequirement(exchange.request)(webhook.version);
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
