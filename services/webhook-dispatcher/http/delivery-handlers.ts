import { WEBHOOK_ROUTES } from '@berth/contracts';
import {
  type Exchange,
  etag,
  formatPath,
  isNotModified,
  type ManagementHandlers,
  type ManagementIdentity,
  queryReader,
  sendEmpty,
  sendJson,
} from '@berth/http';
import { listDeliveries, requireDelivery } from '../deliveries/find-delivery.ts';
import { redeliver } from '../deliveries/redeliver.ts';
import { testWebhook } from '../deliveries/test-webhook.ts';
import { viewDelivery, viewDeliveryDetail } from '../deliveries/view-delivery.ts';
import type { Dispatcher } from '../dispatcher.ts';
import type { DeliveryDocument } from '../documents/delivery.ts';
import type { WebhookDocument } from '../documents/webhook.ts';
import { showRequest } from '../sending/prepare-request.ts';
import { requireWebhook } from '../webhooks/find-webhook.ts';

type Asked = Exchange<ManagementIdentity>;

/** `/api/v1/webhooks/{id}/deliveries` and the test of a webhook. */
export function deliveryHandlers({ records, sender, wake }: Dispatcher) {
  const readQuery = queryReader(WEBHOOK_ROUTES.listDeliveries.query);
  const webhookOf = ({ params }: Asked) => requireWebhook(records, params.id ?? '');

  async function sendDetail(
    { response }: Asked,
    webhook: WebhookDocument,
    delivery: DeliveryDocument,
  ): Promise<void> {
    const request =
      delivery.request ?? (await showRequest(sender, webhook, { ...delivery, at: records.clock() }));
    sendJson(response, 200, viewDeliveryDetail(delivery, request), { ETag: etag(delivery.version) });
  }

  return {
    async testWebhook(exchange) {
      const webhook = await webhookOf(exchange);
      const { id, kind, name } = exchange.identity.principal;
      const { signal } = exchange;
      await sendDetail(
        exchange,
        webhook,
        await testWebhook(records, sender, { webhook, actor: { id, kind, name }, signal }),
      );
    },
    async listDeliveries(exchange) {
      const { id: webhookId } = await webhookOf(exchange);
      const { items, next } = await listDeliveries(records, { ...readQuery(exchange.query), webhookId });
      sendJson(exchange.response, 200, { items: items.map(viewDelivery), next });
    },
    async getDelivery(exchange) {
      const { request, response, params } = exchange;
      const webhook = await webhookOf(exchange);
      const delivery = await requireDelivery(records, webhook.id, params.deliveryId ?? '');
      if (isNotModified(request, delivery.version)) {
        return sendEmpty(response, 304, { ETag: etag(delivery.version) });
      }
      await sendDetail(exchange, webhook, delivery);
    },
    async redeliver(exchange) {
      const { id } = await webhookOf(exchange);
      const pending = await redeliver(records, id, exchange.params.deliveryId ?? '');
      wake();
      sendJson(exchange.response, 202, viewDelivery(pending), {
        ETag: etag(pending.version),
        Location: formatPath('/api/v1/webhooks/{id}/deliveries/{deliveryId}', { id, deliveryId: pending.id }),
      });
    },
  } satisfies Partial<ManagementHandlers<typeof WEBHOOK_ROUTES>>;
}
