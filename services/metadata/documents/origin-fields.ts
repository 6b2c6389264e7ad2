import { Actor, ClientAddress, Via } from '@berth/contracts';
import { Type } from '@sinclair/typebox';

/** Who began something that another copy may have to end, so that it tells the same. */
export const OriginFields = Type.Object({
  actor: Actor,
  via: Via,
  address: Type.Optional(ClientAddress),
});
