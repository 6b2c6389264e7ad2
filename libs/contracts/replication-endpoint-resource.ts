import { type Static, Type } from '@sinclair/typebox';
import { Actor } from './principal.ts';

const closed = { additionalProperties: false } as const;
const Timestamp = Type.String({ description: 'RFC 3339, UTC' });
const stamped = { createdAt: Timestamp, updatedAt: Timestamp, createdBy: Actor };
const Name = Type.String({ minLength: 1, maxLength: 128 });

const endpoint = {
  name: Name,
  url: Type.String({
    minLength: 1,
    maxLength: 2048,
    description: 'origin of a registry: https://registry.example.com',
  }),
  username: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  /** Hosts (`host` or `host:port`) besides its own that may be given the credentials, as token servers. */
  realmHosts: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 255 }), { maxItems: 8 })),
  /** Globs of what maintainers' policies may name there as `remoteRegistry`: by default the name of their own registry. */
  remoteRegistries: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
      maxItems: 100,
      description:
        'globs of the remoteRegistry that policies of maintainers may name, since they act with the credentials of the endpoint; by default the name of their own registry. Administrators may name any',
    }),
  ),
  skipTlsVerify: Type.Boolean({ default: false }),
  caCertificate: Type.Optional(Type.String({ maxLength: 65_536, description: 'PEM' })),
};
/** Never read back. */
const secret = { secret: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })) };

export const EndpointCreation = Type.Object(
  { ...endpoint, skipTlsVerify: Type.Optional(Type.Boolean()), ...secret },
  closed,
);
export type EndpointCreation = Static<typeof EndpointCreation>;

/** A secret that is not named stays; null removes it. */
export const EndpointPatch = Type.Object({ ...endpoint, ...secret }, closed);
export type EndpointPatch = Static<typeof EndpointPatch>;

export const EndpointResource = Type.Object({
  id: Type.String(),
  ...endpoint,
  hasSecret: Type.Boolean(),
  ...stamped,
});
export type EndpointResource = Static<typeof EndpointResource>;

/** What a maintainer sees of an endpoint, to name it in a policy. */
export const EndpointNameResource = Type.Pick(EndpointResource, ['id', 'name', 'url']);
export type EndpointNameResource = Static<typeof EndpointNameResource>;

/** `message` says what to do about it. */
export const PingResource = Type.Object({ ok: Type.Boolean(), message: Type.String() });
export type PingResource = Static<typeof PingResource>;
