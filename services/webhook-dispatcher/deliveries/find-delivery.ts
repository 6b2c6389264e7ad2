import { ServiceError } from '@berth/contracts';
import type { Page } from '@berth/document-store';
import type { Delivery, DeliveryDocument } from '../documents/delivery.ts';
import type { Records } from '../records.ts';

/** A delivery of this webhook. DELIVERY_NOT_FOUND, also for one of another webhook. */
export async function requireDelivery(
  { deliveries }: Records,
  webhookId: string,
  id: string,
): Promise<DeliveryDocument> {
  const delivery = await deliveries.get(id);
  if (delivery?.webhookId === webhookId) return delivery;
  throw new ServiceError(
    'DELIVERY_NOT_FOUND',
    `delivery "${id.slice(0, 300)}" of the webhook does not exist`,
  );
}

export interface DeliveryQuery {
  readonly webhookId: string;
  readonly state?: Delivery['state'];
  readonly limit: number;
  readonly after?: string;
}

/** Deliveries of a webhook, newest first. */
export async function listDeliveries(
  { deliveries }: Records,
  query: DeliveryQuery,
): Promise<Page<DeliveryDocument>> {
  const { webhookId, state, limit, after } = query;
  return await deliveries.page({
    index: state === undefined ? 'byWebhook' : 'byState',
    equals: { webhookId, ...(state !== undefined && { state }) },
    descending: true,
    limit,
    ...(after !== undefined && { after }),
  });
}
