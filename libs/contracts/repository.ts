import { type Static, Type } from '@sinclair/typebox';

/** A repository in the words of the platform: `acme/team/web` is registry `acme`, image `team/web`. */
export const RepositoryName = Type.Object({
  registry: Type.String({ minLength: 1, maxLength: 255 }),
  image: Type.String({ minLength: 1, maxLength: 255 }),
});
export type RepositoryName = Static<typeof RepositoryName>;

/** `<algorithm>:<hex>`; the grammar is checked by @berth/oci. */
export const DigestText = Type.String({ maxLength: 140 });

export const PageLimit = Type.Integer({ minimum: 1, maximum: 1000 });
