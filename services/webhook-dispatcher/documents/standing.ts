import { Actor, ClientAddress, Via } from '@berth/contracts';
import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/**
 * How a webhook stands, under its id: when there is work for it, which copy has it in hand, how it fares. Whoever gives it
 * work writes it, by version, after that; whoever finds nothing more to do gives it back by the version read before. So
 * one of the two always sees the other.
 */
const Standing = Type.Object({
  /** Epoch milliseconds: when a copy should look at it; the end of the lease while one holds it. Without: nothing to do. */
  wakeAt: Type.Optional(Type.Integer()),
  /** The copy that has it in hand, until `wakeAt`. */
  holder: Type.Optional(Type.String()),
  /** Of the first attempt that failed since the last one that did not. */
  failingSince: Type.Optional(Type.String()),
  lastSuccessAt: Type.Optional(Type.String()),
  pausedAt: Type.Optional(Type.String()),
  pauseReason: Type.Optional(Type.String()),
  /** Its registry is gone, by whom and since when (epoch milliseconds): it goes as well when its last events are delivered. */
  retirement: Type.Optional(
    Type.Object({ since: Type.Integer(), actor: Actor, via: Via, address: Type.Optional(ClientAddress) }),
  ),
});
export type Standing = Static<typeof Standing>;
export type StandingDocument = Standing & Stored;

export const standings: CollectionDefinition<Standing> = {
  name: 'standings',
  schema: Standing,
  indexes: { byWake: [{ field: 'wakeAt' }] },
};
