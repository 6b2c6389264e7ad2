import { type Static, Type } from '@sinclair/typebox';

/** `*` (no `/`), `**`, `?`, `{a,b}` */
export const Glob = Type.String({ minLength: 1, maxLength: 255 });

/** Names that one of `match` fits and none of `exclude`; by default all. */
export const GlobFilter = Type.Object(
  {
    match: Type.Array(Glob, { minItems: 1, maxItems: 50 }),
    exclude: Type.Optional(Type.Array(Glob, { maxItems: 50 })),
  },
  { additionalProperties: false, default: { match: ['**'] } },
);
export type GlobFilter = Static<typeof GlobFilter>;
