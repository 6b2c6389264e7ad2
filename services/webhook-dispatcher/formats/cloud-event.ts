import type { CloudEvent } from '@berth/contracts';
import type { PayloadContext } from './payload.ts';

/**
 * CloudEvents 1.0 in JSON, as it is on the bus: without the address of the client and without ids that mean nothing
 * outside; `source` is absolute where the public URL is known.
 */
export function cloudEventPayload(event: CloudEvent, { publicUrl = '' }: PayloadContext): object {
  const { registryId: _, address: __, ...data } = event.data as Record<string, unknown>;
  return {
    ...event,
    source: `${publicUrl.replace(/\/$/, '')}${event.source}`,
    data,
  };
}
