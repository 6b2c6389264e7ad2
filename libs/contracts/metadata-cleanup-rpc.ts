import { type Static, Type } from '@sinclair/typebox';
import { defineRpc } from './define-rpc.ts';
import { Actor } from './principal.ts';
import { DigestText } from './repository.ts';

const RegistryId = Type.String({ maxLength: 255 });
const Image = Type.String({ minLength: 1, maxLength: 255 });
const Next = Type.Union([Type.String(), Type.Null()]);
const PulledAt = Type.Union([Type.String(), Type.Null()]);
const page = { limit: Type.Integer({ minimum: 1, maximum: 500 }), after: Type.Optional(Type.String()) };

/** The names of the images of a registry, in byte order. */
export const scanImages = defineRpc({
  service: 'metadata',
  method: 'scanImages',
  isRead: true,
  request: Type.Object({ registryId: RegistryId, ...page }),
  response: Type.Object({ names: Type.Array(Type.String()), next: Next }),
});

/** What cleanup decides by. An artifact whose facts are not all known says why in `unknown`. */
export const ScannedArtifact = Type.Object({
  digest: DigestText,
  pushedAt: Type.String(),
  lastPulledAt: PulledAt,
  tags: Type.Array(Type.Object({ name: Type.String(), updatedAt: Type.String(), lastPulledAt: PulledAt })),
  isProtected: Type.Boolean(),
  isAttached: Type.Boolean(),
  parents: Type.Array(DigestText),
  unknown: Type.Optional(Type.String()),
});
export type ScannedArtifact = Static<typeof ScannedArtifact>;

/**
 * The live artifacts of an image, the one pushed first first. One that is pushed again meanwhile may come twice: the later one holds.
 * None that is there all the time is left out.
 */
export const scanArtifacts = defineRpc({
  service: 'metadata',
  method: 'scanArtifacts',
  isRead: true,
  request: Type.Object({ registryId: RegistryId, image: Image, ...page }),
  response: Type.Object({ items: Type.Array(ScannedArtifact), next: Next }),
});

/** What an artifact was when its deletion was decided: its tags, its push, its newest pull. */
export const PlannedFacts = Type.Object({
  tags: Type.Array(Type.String(), { maxItems: 100 }),
  pushedAt: Type.String(),
  lastPulledAt: PulledAt,
});
export type PlannedFacts = Static<typeof PlannedFacts>;

/**
 * Deletes an artifact with its tags and what is attached to it, if it is still what was planned and the guard lets it go, asked at
 * the moment it happens. `kept` says what holds it; `gone`: it was not there.
 */
export const cleanUpArtifact = defineRpc({
  service: 'metadata',
  method: 'cleanUpArtifact',
  isRead: false,
  request: Type.Object({
    registryId: RegistryId,
    image: Image,
    digest: DigestText,
    planned: PlannedFacts,
    actor: Actor,
  }),
  response: Type.Object({
    outcome: Type.Union([Type.Literal('deleted'), Type.Literal('kept'), Type.Literal('gone')]),
    reason: Type.Optional(Type.String()),
  }),
});
