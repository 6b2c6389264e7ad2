import { Actor, WebhookFormat } from '@berth/contracts';
import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** What stands for all registries in place of the id or name of one. */
export const ALL_REGISTRIES = '*';

/** What somebody set up: which events go where, in which form. How it fares stands in its `Standing`. */
const Webhook = Type.Object({
  registryId: Type.String(),
  registry: Type.String(),
  /** From 1 to MAX_WEBHOOKS, unique in the registry: there are never more. */
  slot: Type.Integer(),
  name: Type.String(),
  url: Type.String(),
  events: Type.Array(Type.String()),
  images: Type.Optional(Type.Array(Type.String())),
  includeAttached: Type.Boolean(),
  format: WebhookFormat,
  skipTlsVerify: Type.Boolean(),
  caCertificate: Type.Optional(Type.String()),
  enabled: Type.Boolean(),
  /** Sealed with the platform key; see sending/webhook-secrets.ts. */
  sealedSecret: Type.Optional(Type.String()),
  sealedAuthorization: Type.Optional(Type.String()),
  /** Epoch milliseconds: when it was made, or enabled again. Older events are not for it. */
  listensSince: Type.Integer(),
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type Webhook = Static<typeof Webhook>;
export type WebhookDocument = Webhook & Stored;

export const webhooks: CollectionDefinition<Webhook> = {
  name: 'webhooks',
  schema: Webhook,
  unique: { name: ['registryId', 'name'], slot: ['registryId', 'slot'] },
  indexes: {
    byRegistry: [{ field: 'registryId' }, { field: 'name' }],
    byName: [{ field: 'name' }],
    byEvent: [{ field: 'events', list: true }],
  },
};
