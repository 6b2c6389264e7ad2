import type { CloudEvent } from '@berth/contracts';

/**
 * What an event is about, as far as order goes: a tag, an artifact, or what its subject names. Of one object a webhook gets
 * the events in their order. Throws for an event whose data lack what its type promises.
 */
export function objectKey(event: CloudEvent): string {
  const data = event.data as Readonly<Record<string, unknown>>;
  const place = () => `${text(data, 'registryId')}/${text(data, 'image')}`;
  switch (event.type) {
    case 'berth.tag.updated':
    case 'berth.tag.deleted':
      return `${place()}:${text(data, 'tag')}`;
    case 'berth.artifact.pushed':
    case 'berth.artifact.pulled':
    case 'berth.artifact.deleted':
      return `${place()}@${text(data, 'digest')}`;
    default:
      return event.subject;
  }
}

function text(data: Readonly<Record<string, unknown>>, field: string): string {
  const value = data[field];
  if (typeof value === 'string' && value !== '' && value.isWellFormed()) return value;
  throw new TypeError(`${field} of the event is ${JSON.stringify(value)}, not a text`);
}
