import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Visibility } from './metadata-registry-rpc.ts';
import { Actor, Via } from './principal.ts';
import { DigestText } from './repository.ts';

/**
 * Every event's data says who did it, by which door and from where, and `sequence`: the version of the document, growing
 * per object.
 */
const origin = {
  actor: Actor,
  via: Via,
  /** The client's, where there was one. Not sent to webhooks. */
  address: Type.Optional(Type.String()),
  sequence: Type.Integer(),
};

const common = { registry: Type.String(), registryId: Type.String(), ...origin };

const artifact = {
  ...common,
  image: Type.String(),
  digest: DigestText,
  mediaType: Type.String(),
  artifactType: Type.Optional(Type.String()),
  size: Type.Optional(Type.Integer()),
  /** It belongs to another artifact, as far as was known then: a referrer, a child of an index, a signature's tag. */
  attached: Type.Optional(Type.Boolean()),
};

/** A change of what people set up: access, webhooks, policies. Its values are not told, only which fields changed. */
const settingChange = Type.Object({
  registry: Type.Optional(Type.String()),
  registryId: Type.Optional(Type.String()),
  object: Type.Object({
    /** `user`, `key`, `robot`, `grant`, `session`, `webhook`, `protectionPolicy`, `cleanupPolicy`, `replicationPolicy`, `replicationEndpoint` */
    kind: Type.String(),
    id: Type.String(),
    name: Type.String(),
  }),
  changes: Type.Optional(Type.Array(Type.String())),
  ...origin,
});

const run = {
  ...common,
  policy: Type.Object({ id: Type.String(), name: Type.String() }),
  run: Type.String(),
};

/** A run of work in the background has ended. */
const completed = Type.Object({
  ...run,
  state: Type.Union([
    Type.Literal('succeeded'),
    Type.Literal('partial'),
    Type.Literal('failed'),
    Type.Literal('cancelled'),
  ]),
});

/** The data of each event by its type without the `berth.` in front: `artifact.pushed` is `berth.artifact.pushed`. */
export const EVENT_DATA = {
  'registry.created': Type.Object({ ...common, visibility: Visibility }),
  'registry.updated': Type.Object({
    ...common,
    /** The names of the fields. */
    changes: Type.Array(Type.String()),
    /** The new one, where that is among them. */
    visibility: Type.Optional(Visibility),
  }),
  'registry.deleted': Type.Object(common),
  'artifact.pushed': Type.Object({
    ...artifact,
    tag: Type.Optional(Type.String()),
    /** The tag had this digest already. */
    unchanged: Type.Optional(Type.Boolean()),
  }),
  'artifact.pulled': Type.Object({ ...artifact, tag: Type.Optional(Type.String()) }),
  'artifact.deleted': Type.Object(artifact),
  'artifact.purged': Type.Object(artifact),
  'tag.updated': Type.Object({
    ...common,
    image: Type.String(),
    tag: Type.String(),
    digest: DigestText,
    previousDigest: Type.Optional(DigestText),
  }),
  'tag.deleted': Type.Object({ ...common, image: Type.String(), tag: Type.String(), digest: DigestText }),
  'replication.completed': completed,
  'cleanup.completed': completed,
  'protection.created': settingChange,
  'protection.updated': settingChange,
  'protection.deleted': settingChange,
  'replication.created': settingChange,
  'replication.updated': settingChange,
  'replication.deleted': settingChange,
  'cleanup.created': settingChange,
  'cleanup.updated': settingChange,
  'cleanup.deleted': settingChange,
  'cleanup.started': Type.Object(run),
  'cleanup.confirmed': Type.Object(run),
  'cleanup.cancelled': Type.Object(run),
  'webhook.created': settingChange,
  'webhook.updated': settingChange,
  'webhook.deleted': settingChange,
  'access.created': settingChange,
  'access.updated': settingChange,
  'access.deleted': settingChange,
  'access.loginSucceeded': Type.Object(origin),
  /** The actor is who they said they are. */
  'access.loginFailed': Type.Object({ ...origin, reason: Type.String() }),
} as const satisfies Record<string, TSchema>;

export type EventType = keyof typeof EVENT_DATA;
export type EventData<T extends EventType> = Static<(typeof EVENT_DATA)[T]>;

/** What a webhook may ask for. */
export const WEBHOOK_EVENT_TYPES = [
  'artifact.pushed',
  'artifact.pulled',
  'artifact.deleted',
  'tag.updated',
  'tag.deleted',
  'registry.created',
  'registry.deleted',
  'replication.completed',
  'cleanup.completed',
] as const satisfies readonly EventType[];
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];

/** A CloudEvents 1.0 event in JSON format. */
export interface CloudEvent<T extends EventType = EventType> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: `berth.${T}`;
  readonly subject: string;
  /** RFC 3339, UTC */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** The span in which it happened (the Distributed Tracing extension of CloudEvents), where there is tracing. */
  readonly traceparent?: string;
  readonly data: EventData<T>;
}

export type RegistryEvent = { [T in EventType]: CloudEvent<T> }[EventType];
