import type { SecretBox } from '@berth/access';
import type { EndpointDocument } from '../documents/endpoint.ts';

/** Seals the secret of an endpoint; the seal opens for that endpoint only. */
export function sealSecret(box: SecretBox, endpointId: string, text: string): string {
  return box.seal(text, purpose(endpointId));
}

/** Undefined where there is none. AccessError SEAL_BROKEN when it was sealed with another platform key. */
export function openSecret(
  box: SecretBox,
  { id, sealedSecret }: Pick<EndpointDocument, 'id' | 'sealedSecret'>,
): string | undefined {
  return sealedSecret === undefined ? undefined : box.open(sealedSecret, purpose(id));
}

function purpose(endpointId: string): string {
  return `endpoint ${endpointId} secret`;
}
