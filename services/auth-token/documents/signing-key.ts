import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** A key pair that registry tokens are signed with. Its id is its key id: the JWK thumbprint (RFC 7638). */
const SigningKey = Type.Object({
  /** 1, 2, 3, …: unique, so that of several copies only one makes the next key. */
  generation: Type.Integer(),
  publicKey: Type.Object({
    kty: Type.Literal('EC'),
    crv: Type.Literal('P-256'),
    x: Type.String(),
    y: Type.String(),
  }),
  /** The private JWK, sealed with the platform key. */
  sealedPrivateKey: Type.String(),
  /** Epoch milliseconds. From then on it signs, until the next one does. */
  signsFrom: Type.Integer(),
  createdAt: Type.String(),
});
export type SigningKey = Static<typeof SigningKey>;

export const signingKeys: CollectionDefinition<SigningKey> = {
  name: 'signing-keys',
  schema: SigningKey,
  unique: { generation: ['generation'] },
  indexes: { byGeneration: [{ field: 'generation' }] },
};
