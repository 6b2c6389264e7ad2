import type { DeliveryDetailResource, DeliveryResource } from '@berth/contracts';
import type { DeliveryDocument, SentRequest } from '../documents/delivery.ts';

export function viewDelivery(delivery: DeliveryDocument): DeliveryResource {
  const { id, eventId, type, subject, state, attemptCount, attempts, dueAt, createdAt, updatedAt } = delivery;
  const { status = null, error = null } = attempts.at(-1) ?? {};
  return {
    id,
    event: eventId,
    type,
    subject,
    state,
    attemptCount,
    status,
    error,
    nextAttemptAt: state === 'pending' && dueAt !== undefined ? new Date(dueAt).toISOString() : null,
    createdAt,
    updatedAt,
  };
}

/** @param request what would be sent, of a delivery that was never attempted */
export function viewDeliveryDetail(delivery: DeliveryDocument, request: SentRequest): DeliveryDetailResource {
  return {
    ...viewDelivery(delivery),
    request: delivery.request ?? request,
    response: delivery.response ?? null,
    attempts: delivery.attempts,
  };
}
