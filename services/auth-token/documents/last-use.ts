import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** When an account or a key was last used, under its id: apart from it, so that using it changes no version. */
const LastUse = Type.Object({
  /** Epoch milliseconds. */
  at: Type.Optional(Type.Integer()),
});
export type LastUse = Static<typeof LastUse>;

export const lastUses: CollectionDefinition<LastUse> = { name: 'last-uses', schema: LastUse };
