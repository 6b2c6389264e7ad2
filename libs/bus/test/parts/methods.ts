import { Bytes, defineRpc } from '@berth/contracts';
import { Type } from '@sinclair/typebox';

const message = Type.Object({
  text: Type.String({ maxLength: 1000 }),
  bytes: Type.Optional(Bytes({ maxBytes: 8 * 1024 * 1024 })),
});

/** A read: may be asked twice. */
export const echo = defineRpc({
  service: 'metadata',
  method: 'testEcho',
  isRead: true,
  request: message,
  response: message,
});

/** A write: asked once. */
export const store = defineRpc({
  service: 'metadata',
  method: 'testStore',
  isRead: false,
  request: message,
  response: message,
});
