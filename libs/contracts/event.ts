import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Actor, Via } from './principal.ts';
import { DigestText } from './repository.ts';

/** Every event's data says whom it concerns, who did it, and `sequence`: the version of the document, growing per object. */
const common = {
  registry: Type.String(),
  registryId: Type.String(),
  actor: Actor,
  via: Via,
  sequence: Type.Integer(),
};

const artifact = {
  ...common,
  image: Type.String(),
  digest: DigestText,
  mediaType: Type.String(),
  artifactType: Type.Optional(Type.String()),
  size: Type.Optional(Type.Integer()),
};

/** The data of each event by its type without the `berth.` in front: `artifact.pushed` is `berth.artifact.pushed`. */
export const EVENT_DATA = {
  'registry.created': Type.Object(common),
  'registry.updated': Type.Object(common),
  'registry.deleted': Type.Object(common),
  'artifact.pushed': Type.Object({
    ...artifact,
    tag: Type.Optional(Type.String()),
    /** The tag had this digest already. */
    unchanged: Type.Optional(Type.Boolean()),
  }),
  'artifact.pulled': Type.Object({ ...artifact, tag: Type.Optional(Type.String()) }),
  'artifact.deleted': Type.Object(artifact),
  'tag.updated': Type.Object({
    ...common,
    image: Type.String(),
    tag: Type.String(),
    digest: DigestText,
    previousDigest: Type.Optional(DigestText),
  }),
  'tag.deleted': Type.Object({ ...common, image: Type.String(), tag: Type.String(), digest: DigestText }),
} as const satisfies Record<string, TSchema>;

export type EventType = keyof typeof EVENT_DATA;
export type EventData<T extends EventType> = Static<(typeof EVENT_DATA)[T]>;

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
  readonly data: EventData<T>;
}

export type RegistryEvent = { [T in EventType]: CloudEvent<T> }[EventType];
