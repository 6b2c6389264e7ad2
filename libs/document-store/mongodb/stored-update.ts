import { randomBytes } from 'node:crypto';
import type { UpdateFilter } from 'mongodb';
import type { OutboxEvent } from '../port.ts';
import { lackingOf } from './collection-layout.ts';
import type { StoredDocument, StoredEvent } from './stored-document.ts';
import type { PreparedIncrement, PreparedPut, PreparedRemoval } from './write-preparation.ts';

type Update = UpdateFilter<StoredDocument>;

/** How many writes a document remembers: as many may come between a write and the look whether it was done. */
const REMEMBERED_WRITES = 4;

/** What an insertion stores where there is nothing of that id. */
export function newDocument(put: PreparedPut): StoredDocument {
  const events = storedEvents(put.events(put.version), put.version);
  const { body, json } = put.encoded;
  return {
    _id: put.id,
    version: put.version,
    body,
    json,
    ...(put.bytes !== null && { bytes: put.bytes }),
    lacking: lackingOf(put.layout, { id: put.id, body }),
    writes: [put.writeId],
    ...(events.length > 0 && { events, unsent: put.version }),
  } as StoredDocument;
}

/** What a replacement makes of the document, or an insertion of what was left of a removed one: its events stay. */
export function putUpdate(put: PreparedPut): Update {
  const { body, json } = put.encoded;
  const lacking = lackingOf(put.layout, { id: put.id, body });
  const isRevival = put.kind === 'insert';
  const absent = [
    ...(json === undefined ? ['json'] : []),
    ...(lacking === undefined ? ['lacking'] : []),
    ...(isRevival ? ['removedAt'] : []),
  ];
  return {
    $set: { version: put.version, body, json, lacking, ...(put.bytes !== null && { bytes: put.bytes }) },
    ...unset(absent),
    ...noting(put),
  } as Update;
}

export function removalUpdate(removal: PreparedRemoval, removedAt: Date): Update {
  return {
    $set: { version: removal.version, removedAt },
    ...unset(['body', 'json', 'bytes', 'lacking']),
    ...noting(removal),
  } as Update;
}

export function incrementUpdate({ increments, maxima }: PreparedIncrement): Update {
  return {
    $inc: { version: 1, ...inBody(increments) },
    ...(Object.keys(maxima).length > 0 && { $max: inBody(maxima) }),
  } as Update;
}

/** What an increment makes of what was left of a removed document. */
export function recountUpdate({ version, increments, maxima }: PreparedIncrement): Update {
  return { $set: { version, body: { ...increments, ...maxima } }, ...unset(['removedAt']) } as Update;
}

function inBody<T>(fields: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [`body.${field}`, value]));
}

/** The write's own name and its events, behind those that are there. */
function noting({ writeId, version, events }: PreparedPut | PreparedRemoval): object {
  const stored = storedEvents(events(version), version);
  return {
    $push: {
      writes: { $each: [writeId], $slice: -REMEMBERED_WRITES },
      ...(stored.length > 0 && { events: { $each: stored } }),
    },
    ...(stored.length > 0 && { $min: { unsent: version } }),
  };
}

function unset(fields: readonly string[]): object {
  return fields.length === 0 ? {} : { $unset: Object.fromEntries(fields.map((field) => [field, ''])) };
}

function storedEvents(events: readonly OutboxEvent[], version: number): StoredEvent[] {
  return events.map(({ id, subject, payload }) => ({
    sequence: newSequence(),
    id,
    subject,
    payload,
    version,
  }));
}

/** 53 random bits: copies agree on no counter, and the number only has to find its event again. */
function newSequence(): number {
  const bytes = randomBytes(8);
  return bytes.readUInt32BE(0) * 2 ** 21 + (bytes.readUInt32BE(4) >>> 11);
}
