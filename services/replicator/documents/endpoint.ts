import { Actor } from '@berth/contracts';
import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** A registry elsewhere, and how it is asked. */
const Endpoint = Type.Object({
  name: Type.String(),
  /** Its origin. */
  url: Type.String(),
  username: Type.Optional(Type.String()),
  /** Sealed with the platform key, for this endpoint only. */
  sealedSecret: Type.Optional(Type.String()),
  realmHosts: Type.Optional(Type.Array(Type.String())),
  /** What policies of maintainers may name there; else the name of their own registry. */
  remoteRegistries: Type.Optional(Type.Array(Type.String())),
  skipTlsVerify: Type.Boolean(),
  caCertificate: Type.Optional(Type.String()),
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type Endpoint = Static<typeof Endpoint>;
export type EndpointDocument = Endpoint & Stored;

export const endpoints: CollectionDefinition<Endpoint> = {
  name: 'endpoints',
  schema: Endpoint,
  unique: { name: ['name'] },
  indexes: { byName: [{ field: 'name' }] },
};
