import { randomBytes } from 'node:crypto';
import { Binary } from 'mongodb';
import { createBodyCheck, requireBodySize } from '../body-check.ts';
import type { CollectionDefinition, OutboxEvent, Write } from '../port.ts';
import { requireWellFormed } from '../well-formed.ts';
import type { CollectionLayout } from './collection-layout.ts';
import { type EncodedBody, encodeBody } from './stored-document.ts';

interface Prepared {
  readonly layout: CollectionLayout;
  readonly id: string;
  /** What the write gives the document; more where what is stored there is newer. */
  version: number;
  readonly isDurable: boolean;
  /** What the write calls itself: see `StoredDocument.writes`. */
  readonly writeId: string;
}

export interface PreparedPut extends Prepared {
  readonly kind: 'insert' | 'replace';
  /** For `replace`. */
  readonly expectedVersion: number;
  readonly encoded: EncodedBody;
  /** Null: none; a replacement then leaves them as they are. */
  readonly bytes: Binary | null;
  readonly events: (version: number) => readonly OutboxEvent[];
  /** What the caller gave, for what it gets. */
  readonly document: object;
}

export interface PreparedRemoval extends Prepared {
  readonly kind: 'remove';
  readonly expectedVersion: number;
  readonly events: (version: number) => readonly OutboxEvent[];
}

export interface PreparedIncrement extends Prepared {
  readonly kind: 'increment';
  readonly increments: Readonly<Record<string, number>>;
  readonly maxima: Readonly<Record<string, number | string>>;
}

export type PreparedWrite = PreparedPut | PreparedRemoval | PreparedIncrement;

export interface PreparationOptions {
  readonly layout: CollectionLayout;
  readonly nextVersion: () => number;
}

/**
 * Checks the mutations of a collection and takes a copy of what they hold. StoreError BODY_INVALID when a body does
 * not fit the schema; TypeError when the call itself is wrong.
 */
export function createPreparation<Body extends object>(
  definition: CollectionDefinition<Body>,
  { layout, nextVersion }: PreparationOptions,
): (write: Write) => PreparedWrite {
  const check = createBodyCheck(definition);
  return (write) => {
    const { kind, id, options, expectedVersion = 0 } = write;
    requireWellFormed(id, 'id');
    const isDurable = options.relaxed !== true;
    if (!isDurable && options.events !== undefined) {
      throw new TypeError(`${layout.name} "${id}": a relaxed write may not carry events`);
    }
    const version = Math.max(nextVersion(), expectedVersion + 1);
    const common = { layout, id, version, isDurable, writeId: nextWriteId() };
    if (kind === 'increment') {
      check.requireCounters(write);
      return { ...common, kind, increments: { ...write.increments }, maxima: { ...write.maxima } };
    }
    const events = eventsOf(options.events, version);
    if (kind === 'remove') return { ...common, kind, expectedVersion, events };
    const { fields, bytes } = check.parts(write.body ?? {}, id);
    const json = JSON.stringify(fields);
    requireBodySize(`${layout.name} "${id}"`, { json, bytes });
    return {
      ...common,
      kind,
      expectedVersion,
      encoded: encodeBody(json, layout.indexed),
      bytes: bytes === null ? null : new Binary(Uint8Array.from(bytes)),
      events,
      document: { ...write.body },
    };
  };
}

/** The events of a write, made at once; again only where the version turns out to be another. */
function eventsOf(
  make: Write['options']['events'],
  version: number,
): (version: number) => readonly OutboxEvent[] {
  if (make === undefined) return () => [];
  const made = make(version);
  return (final) => (final === version ? made : make(final));
}

const WRITER = randomBytes(6).toString('base64url');
let writes = 0;

function nextWriteId(): string {
  writes += 1;
  return `${WRITER}.${writes.toString(36)}`;
}
