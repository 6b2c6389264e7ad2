import { Type } from '@sinclair/typebox';
import { defineRpc } from './define-rpc.ts';

/**
 * How many bytes a key has in the blob store that the sweep deletes from; null: it is not there. So `berth check` knows whether it looks
 * at the store that the services use.
 */
export const findStoredKey = defineRpc({
  service: 'retention-cleaner',
  method: 'findStoredKey',
  isRead: true,
  request: Type.Object({ key: Type.String({ maxLength: 512 }) }),
  response: Type.Object({ sizeBytes: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]) }),
});
