import type { CloudEvent } from '@berth/contracts';

/** A `tag.updated` of `acme/web:<tag>`, the `sequence`-th of that tag. */
export function tagEvent(tag: string, sequence: number): CloudEvent<'tag.updated'> {
  return {
    specversion: '1.0',
    id: `${tag}-${sequence}`,
    source: 'https://berth.example.com/acme',
    type: 'berth.tag.updated',
    subject: `acme/web:${tag}`,
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    data: {
      registry: 'acme',
      registryId: 'r1',
      image: 'web',
      tag,
      digest: `sha256:${'a'.repeat(64)}`,
      actor: { id: 'u1', kind: 'user', name: 'ann' },
      via: 'docker',
      sequence,
    },
  };
}
