import type { CloudEvent, EventData, EventType } from '@berth/contracts';
import { newId } from '@berth/runtime';

export const ALICE = { id: 'u-alice', kind: 'user', name: 'alice' } as const;
export const DIGEST = `sha256:${'a'.repeat(64)}`;
export const SECOND_MS = 1_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export const EVERY_EVENT = [
  'artifact.pushed',
  'artifact.pulled',
  'artifact.deleted',
  'tag.updated',
  'tag.deleted',
  'registry.created',
  'registry.deleted',
  'replication.completed',
  'cleanup.completed',
] as const;

/** An event of acme as metadata tells it. */
export function eventOf<T extends EventType>(
  type: T,
  data: Partial<EventData<T>> & Record<string, unknown> = {},
  time: number = Date.now(),
): CloudEvent<T> {
  const { registry, image, tag, digest } = { registry: 'acme', image: 'web', ...data } as Record<
    string,
    string
  >;
  const isOfRegistry = type.startsWith('registry.') || type.endsWith('.completed');
  const whole = {
    registry,
    registryId: 'r-acme',
    ...(!isOfRegistry && { image, digest: DIGEST }),
    ...(type.startsWith('artifact.') && {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      size: 1_234,
    }),
    ...(type.startsWith('tag.') && { tag: 'latest' }),
    actor: ALICE,
    via: 'docker',
    address: '192.0.2.7',
    sequence: 1,
    ...data,
  };
  const reference =
    tag === undefined && !type.startsWith('tag.') ? `@${digest ?? DIGEST}` : `:${tag ?? 'latest'}`;
  return {
    specversion: '1.0',
    id: newId(),
    source: `/api/v1/registries/${registry}`,
    type: `berth.${type}`,
    subject: isOfRegistry ? `${registry}` : `${registry}/${image}${reference}`,
    time: new Date(time).toISOString(),
    datacontenttype: 'application/json',
    data: whole as unknown as EventData<T>,
  };
}

/** `tag.updated` of acme/web, the `sequence`-th of that tag. */
export function tagUpdated(tag: string, sequence: number): CloudEvent<'tag.updated'> {
  return eventOf('tag.updated', { tag, sequence });
}
