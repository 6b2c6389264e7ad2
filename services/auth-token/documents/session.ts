import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** A login to the management API. Its id is the SHA-256 of the token, which is stored nowhere. */
const Session = Type.Object({
  userId: Type.String(),
  /** The user's at the time of the login: a later one ends the session. */
  credentialEpoch: Type.Integer(),
  createdAt: Type.String(),
  /** Epoch milliseconds. */
  expiresAt: Type.Integer(),
});
export type Session = Static<typeof Session>;

export const sessions: CollectionDefinition<Session> = {
  name: 'sessions',
  schema: Session,
  indexes: {
    byUser: [{ field: 'userId' }, { field: 'expiresAt' }],
    byExpiry: [{ field: 'expiresAt' }],
  },
};
