import type { Actor, CloudEvent } from '@berth/contracts';
import { ALL_REGISTRIES, type WebhookDocument } from '../documents/webhook.ts';
import { type Records, timestamp } from '../records.ts';

const SAMPLE_REGISTRY = 'example';
const SAMPLE_DIGEST = `sha256:${'0'.repeat(64)}`;

/** A push that did not happen, and says so: `"test": true` in its data. */
export function sampleEvent(records: Records, webhook: WebhookDocument, actor: Actor): CloudEvent {
  const isOfAll = webhook.registryId === ALL_REGISTRIES;
  const registry = isOfAll ? SAMPLE_REGISTRY : webhook.registry;
  const data = {
    registry,
    registryId: webhook.registryId,
    image: 'sample',
    digest: SAMPLE_DIGEST,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    size: 0,
    tag: 'test',
    actor,
    via: 'api' as const,
    sequence: 0,
    test: true,
  };
  return {
    specversion: '1.0',
    id: records.newId(),
    source: `/api/v1/registries/${registry}`,
    type: 'berth.artifact.pushed',
    subject: `${registry}/sample:test`,
    time: timestamp(records),
    datacontenttype: 'application/json',
    data,
  };
}
