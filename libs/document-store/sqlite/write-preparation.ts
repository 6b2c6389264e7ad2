import { compileSchema } from '@berth/contracts';
import { type TSchema, Type } from '@sinclair/typebox';
import type { CollectionDefinition, Write } from '../port.ts';
import { StoreError } from '../store-error.ts';
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
  const check = compileSchema(definition.schema);
  const { bytesField } = definition;
  const fields: Readonly<Record<string, TSchema>> = definition.schema.properties;
  const checkCounters = compileSchema(
    Type.Object(
      Object.fromEntries(
        Object.entries(fields).map(([field, schema]) => [
          field,
          Type.Optional(Type.Unsafe({ type: schema.type })),
        ]),
      ),
      { additionalProperties: false },
    ),
  );

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
      requireFitting(checkCounters({ ...increments, ...maxima }), id);
      requireNumbers(increments, id);
      return { row: { ...target, kind, increments, maxima }, isDurable: false, result: undefined };
    }
    const events = (options.events?.(version) ?? []).map(eventRow);
    const expectedVersion = write.expectedVersion ?? 0;
    if (kind === 'remove') {
      return { row: { ...target, kind, expectedVersion, events }, isDurable, result: undefined };
    }
    const { body, bytes } = parts(write.body ?? {});
    requireFitting(check(body), id);
    return {
      row: {
        ...target,
        kind,
        expectedVersion,
        body: JSON.stringify(body),
        columns: columnValues(layout, body),
        lists: layout.listIndexes.map((index) => listRows(index, body)),
        bytes,
        events,
      },
      isDurable,
      result: { ...write.body, id, version },
    };
  }

  /** The body as JSON has it, without what is kept in columns of its own, and a copy of the bytes. */
  function parts(document: object): { body: Record<string, unknown>; bytes: Uint8Array | null } {
    const { id: _id, version: _version, ...body } = document as Record<string, unknown>;
    if (bytesField === undefined) {
      return { body, bytes: null };
    }
    const { [bytesField]: bytes, ...rest } = body;
    if (bytes !== undefined && !(bytes instanceof Uint8Array)) {
      throw new StoreError('BODY_INVALID', `${layout.name}: ${bytesField} must be a Uint8Array`);
    }
    // A view would carry the whole buffer behind it to the other thread.
    return { body: rest, bytes: bytes === undefined ? null : Uint8Array.from(bytes) };
  }

  function requireFitting(result: ReturnType<typeof check>, id: string): void {
    if (!result.ok) {
      const problems = result.violations.map(({ path, message }) => `${path} ${message}`);
      throw new StoreError('BODY_INVALID', `${layout.name} "${id}" does not fit: ${problems.join('; ')}`, {
        detail: { violations: result.violations },
      });
    }
  }

  function requireNumbers(increments: Readonly<Record<string, number>>, id: string): void {
    for (const [field, by] of Object.entries(increments)) {
      if (typeof by !== 'number' || !Number.isFinite(by)) {
        throw new StoreError('BODY_INVALID', `${layout.name} "${id}": ${field} cannot be increased by ${by}`);
      }
    }
  }

  return prepare;
}

function eventRow(event: { id: string; subject: string; payload: string }): EventRow {
  return [event.id, event.subject, event.payload];
}
