import { createBodyCheck, requireBodySize } from '../body-check.ts';
import type { CollectionDefinition, Write } from '../port.ts';
import { type CollectionLayout, columnValues, listRows, sqlValue } from './collection-layout.ts';
import type { EventRow, WriteRow } from './write-protocol.ts';

/** A mutation ready for the writer, and what the caller gets once it is stored. */
export interface PreparedWrite {
  readonly row: WriteRow;
  readonly isDurable: boolean;
  readonly result: unknown;
}

export interface PreparationOptions {
  readonly layout: CollectionLayout;
  /** The collection's number with the writer. */
  readonly number: number;
  readonly nextVersion: () => number;
}

/**
 * Checks the mutations of a collection and takes a copy of what they hold. StoreError BODY_INVALID when a body does
 * not fit the schema; TypeError when the call itself is wrong.
 */
export function createPreparation<Body extends object>(
  definition: CollectionDefinition<Body>,
  { layout, number, nextVersion }: PreparationOptions,
): (write: Write) => PreparedWrite {
  const check = createBodyCheck(definition);

  function prepare(write: Write): PreparedWrite {
    const { kind, id, options } = write;
    sqlValue(id, 'id');
    const isDurable = options.relaxed !== true;
    if (!isDurable && options.events !== undefined) {
      throw new TypeError(`${layout.name} "${id}": a relaxed write may not carry events`);
    }
    const version = nextVersion();
    const target = { collection: number, id, version };
    if (kind === 'increment') {
      const { increments = {}, maxima = {} } = write;
      check.requireCounters(write);
      return { row: { ...target, kind, increments, maxima }, isDurable: false, result: undefined };
    }
    const events = (options.events?.(version) ?? []).map(eventRow);
    const expectedVersion = write.expectedVersion ?? 0;
    if (kind === 'remove') {
      return { row: { ...target, kind, expectedVersion, events }, isDurable, result: undefined };
    }
    const { fields: body, bytes } = check.parts(write.body ?? {}, id);
    const json = JSON.stringify(body);
    requireBodySize(`${layout.name} "${id}"`, { json, bytes });
    return {
      row: {
        ...target,
        kind,
        expectedVersion,
        body: json,
        columns: columnValues(layout, body),
        lists: layout.listIndexes.map((index) => listRows(index, body)),
        // A view would carry the whole buffer behind it to the other thread.
        bytes: bytes === null ? null : Uint8Array.from(bytes),
        events,
      },
      isDurable,
      result: { ...write.body, id, version },
    };
  }

  return prepare;
}

function eventRow(event: { id: string; subject: string; payload: string }): EventRow {
  return [event.id, event.subject, event.payload];
}
