import { type Static, Type } from '@sinclair/typebox';
import { WEBHOOK_EVENT_TYPES } from './event.ts';
import { Glob } from './glob-filter.ts';
import { defineRoutes, listOf, PAGE_PARAMETERS, SEARCH_PARAMETERS } from './management-route.ts';
import { Actor } from './principal.ts';

const closed = { additionalProperties: false } as const;
const Timestamp = Type.String({ description: 'RFC 3339, UTC' });
const OptionalTime = Type.Union([Timestamp, Type.Null()]);

/** A registry has at most so many webhooks. */
export const MAX_WEBHOOKS = 500;

export const WebhookFormat = Type.Union(
  [Type.Literal('cloudevents'), Type.Literal('json'), Type.Literal('slack')],
  { default: 'cloudevents' },
);
export type WebhookFormat = Static<typeof WebhookFormat>;

const EventTypes = Type.Array(Type.Union(WEBHOOK_EVENT_TYPES.map((type) => Type.Literal(type))), {
  minItems: 1,
  uniqueItems: true,
});
const Url = Type.String({ minLength: 1, maxLength: 2048, description: 'http or https' });
const Name = Type.String({ minLength: 1, maxLength: 128 });

const settings = {
  name: Name,
  url: Url,
  events: EventTypes,
  images: Type.Optional(Type.Array(Glob, { minItems: 1, maxItems: 50 })),
  includeAttached: Type.Boolean({ default: false }),
  format: WebhookFormat,
  skipTlsVerify: Type.Boolean({ default: false }),
  caCertificate: Type.Optional(Type.String({ maxLength: 65_536, description: 'PEM' })),
  enabled: Type.Boolean({ default: true }),
};
/** Never read back. `secret`: `whsec_` and base64 of 24 to 64 bytes (Standard Webhooks), or any text of at least 16 characters. */
const secrets = {
  secret: Type.Optional(Type.String({ minLength: 16, maxLength: 512 })),
  authorization: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
};

/** `registry` may be `*`: events of all registries. */
export const WebhookCreation = Type.Object(
  {
    registry: Type.String({ minLength: 1, maxLength: 255 }),
    ...settings,
    includeAttached: Type.Optional(Type.Boolean()),
    format: Type.Optional(WebhookFormat),
    skipTlsVerify: Type.Optional(Type.Boolean()),
    enabled: Type.Optional(Type.Boolean()),
    ...secrets,
  },
  closed,
);
export type WebhookCreation = Static<typeof WebhookCreation>;

/** A secret that is not named stays; null removes it. `enabled: true` also ends a pause. */
export const WebhookPatch = Type.Object({ ...settings, ...secrets }, closed);
export type WebhookPatch = Static<typeof WebhookPatch>;

export const WebhookResource = Type.Object({
  id: Type.String(),
  registry: Type.String(),
  ...settings,
  hasSecret: Type.Boolean(),
  hasAuthorization: Type.Boolean(),
  /** `paused` after a day of failures: events wait until it is enabled again. */
  state: Type.Union([Type.Literal('active'), Type.Literal('paused'), Type.Literal('disabled')]),
  pausedAt: OptionalTime,
  pauseReason: Type.Union([Type.String(), Type.Null()]),
  failingSince: OptionalTime,
  lastSuccessAt: OptionalTime,
  createdAt: Timestamp,
  updatedAt: Timestamp,
  createdBy: Actor,
});
export type WebhookResource = Static<typeof WebhookResource>;

const DeliveryState = Type.Union([
  Type.Literal('pending'),
  Type.Literal('succeeded'),
  Type.Literal('failed'),
]);
const Attempt = Type.Object({
  at: Timestamp,
  durationMs: Type.Integer(),
  /** Null where no answer came. */
  status: Type.Union([Type.Integer(), Type.Null()]),
  /** Why it failed; null where it succeeded. */
  error: Type.Union([Type.String(), Type.Null()]),
});

export const DeliveryResource = Type.Object({
  id: Type.String(),
  event: Type.String({ description: 'id of the event' }),
  type: Type.String(),
  subject: Type.String(),
  state: DeliveryState,
  attemptCount: Type.Integer(),
  /** Of the last attempt. */
  status: Type.Union([Type.Integer(), Type.Null()]),
  error: Type.Union([Type.String(), Type.Null()]),
  nextAttemptAt: OptionalTime,
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type DeliveryResource = Static<typeof DeliveryResource>;

const Headers = Type.Record(Type.String(), Type.String());

export const DeliveryDetailResource = Type.Object({
  ...DeliveryResource.properties,
  /** What is or was sent; secret headers are left out. */
  request: Type.Object({ url: Type.String(), headers: Headers, body: Type.String() }),
  /** The last answer, the first 4 KiB of its body; null where none came. */
  response: Type.Union([
    Type.Object({
      status: Type.Integer(),
      headers: Headers,
      body: Type.String(),
      isTruncated: Type.Boolean(),
    }),
    Type.Null(),
  ]),
  /** The latest twenty. */
  attempts: Type.Array(Attempt),
});
export type DeliveryDetailResource = Static<typeof DeliveryDetailResource>;

const WEBHOOKS = '/api/v1/webhooks';
const WEBHOOK = `${WEBHOOKS}/{id}`;
const DELIVERY = `${WEBHOOK}/deliveries/{deliveryId}`;
const inRegistry = { action: 'maintainer', registry: 'object' } as const;

export const WEBHOOK_ROUTES = defineRoutes({
  listWebhooks: {
    method: 'GET',
    pattern: WEBHOOKS,
    action: 'maintainer',
    registry: 'query',
    summary: 'Webhooks of a registry',
    query: Type.Object({ registry: Type.Optional(Type.String()), ...SEARCH_PARAMETERS }),
    response: listOf(WebhookResource),
  },
  createWebhook: {
    method: 'POST',
    pattern: WEBHOOKS,
    action: 'maintainer',
    registry: 'body',
    summary: 'Create a webhook',
    request: WebhookCreation,
    response: WebhookResource,
    status: 201,
    errors: ['NAME_TAKEN', 'WEBHOOK_LIMIT', 'TARGET_REFUSED', 'GLOB_INVALID', 'REQUEST_INVALID'],
  },
  getWebhook: {
    method: 'GET',
    pattern: WEBHOOK,
    ...inRegistry,
    summary: 'One webhook',
    response: WebhookResource,
    errors: ['WEBHOOK_NOT_FOUND'],
  },
  updateWebhook: {
    method: 'PATCH',
    pattern: WEBHOOK,
    ...inRegistry,
    summary: 'Change a webhook; enabling it ends a pause',
    request: WebhookPatch,
    response: WebhookResource,
    errors: ['WEBHOOK_NOT_FOUND', 'NAME_TAKEN', 'TARGET_REFUSED', 'GLOB_INVALID', 'REQUEST_INVALID'],
  },
  deleteWebhook: {
    method: 'DELETE',
    pattern: WEBHOOK,
    ...inRegistry,
    summary: 'Delete a webhook and its deliveries',
    errors: ['WEBHOOK_NOT_FOUND'],
  },
  testWebhook: {
    method: 'POST',
    pattern: `${WEBHOOK}/test`,
    ...inRegistry,
    summary: 'Send a sample event now, once, and tell what came of it',
    response: DeliveryDetailResource,
    errors: ['WEBHOOK_NOT_FOUND'],
  },
  listDeliveries: {
    method: 'GET',
    pattern: `${WEBHOOK}/deliveries`,
    ...inRegistry,
    summary: 'Deliveries of a webhook, newest first',
    query: Type.Object({ state: Type.Optional(DeliveryState), ...PAGE_PARAMETERS }),
    response: listOf(DeliveryResource),
    errors: ['WEBHOOK_NOT_FOUND'],
  },
  getDelivery: {
    method: 'GET',
    pattern: DELIVERY,
    ...inRegistry,
    summary: 'One delivery with request, response and attempts',
    response: DeliveryDetailResource,
    errors: ['WEBHOOK_NOT_FOUND', 'DELIVERY_NOT_FOUND'],
  },
  redeliver: {
    method: 'POST',
    pattern: `${DELIVERY}/redeliver`,
    ...inRegistry,
    summary: 'Send a delivery again, with its event id',
    response: DeliveryResource,
    status: 202,
    errors: ['WEBHOOK_NOT_FOUND', 'DELIVERY_NOT_FOUND'],
  },
});
