import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** What `docker login` keeps in place of a password. Its id is the SHA-256 of the token, which is stored nowhere. */
const RefreshToken = Type.Object({
  userId: Type.String(),
  /** The user's at the time of the login: a later one ends the token. */
  credentialEpoch: Type.Integer(),
  createdAt: Type.String(),
  /** Epoch milliseconds. */
  expiresAt: Type.Integer(),
});
export type RefreshToken = Static<typeof RefreshToken>;

export const refreshTokens: CollectionDefinition<RefreshToken> = {
  name: 'refresh-tokens',
  schema: RefreshToken,
  indexes: {
    byUser: [{ field: 'userId' }, { field: 'expiresAt' }],
    byExpiry: [{ field: 'expiresAt' }],
  },
};
