import type { CloudEvent, getManifest, RpcResponse } from '@berth/contracts';
import { traceparent } from '@berth/runtime';
import type { Distribution } from '../distribution.ts';
import { originOf, type RegistryExchange, repositoryOf } from './exchange.ts';

/** `berth.artifact.pulled` of a manifest GET. Its sequence is the clock in microseconds: pulls have no document. */
export function pulledEvent(
  { clock, newId }: Pick<Distribution, 'clock' | 'newId'>,
  exchange: RegistryExchange,
  found: RpcResponse<typeof getManifest>,
): CloudEvent<'artifact.pulled'> {
  const { registry, image } = repositoryOf(exchange);
  const reference = exchange.params.reference ?? '';
  const { registryId, digest, mediaType, artifactType, artifactSizeBytes, isAttached } = found;
  const isTag = !reference.includes(':');
  const now = clock();
  const parent = traceparent();
  return {
    specversion: '1.0',
    id: newId(),
    source: `/api/v1/registries/${registry}`,
    type: 'berth.artifact.pulled',
    subject: `${registry}/${image}${isTag ? ':' : '@'}${reference}`,
    time: new Date(now).toISOString(),
    datacontenttype: 'application/json',
    ...(parent !== undefined && { traceparent: parent }),
    data: {
      registry,
      registryId,
      image,
      digest,
      mediaType,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(artifactSizeBytes === undefined ? {} : { size: artifactSizeBytes }),
      ...(isAttached ? { attached: true } : {}),
      ...(isTag ? { tag: reference } : {}),
      ...originOf(exchange),
      sequence: now * 1_000,
    },
  };
}
