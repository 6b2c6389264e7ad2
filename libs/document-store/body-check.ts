import { Buffer } from 'node:buffer';
import { compileSchema } from '@berth/contracts';
import { type TSchema, Type } from '@sinclair/typebox';
import type { CollectionDefinition, Write } from './port.ts';
import { StoreError } from './store-error.ts';

/** What a body may have in all, as JSON, with its bytes: a document of MongoDB has 16 MiB, and events are in it as well. */
export const LARGEST_BODY_BYTES = 15 * 1024 * 1024;

/** What of a mutation's body is stored as fields, and what as bytes; null: none are given. */
export interface BodyParts {
  readonly fields: Readonly<Record<string, unknown>>;
  /** As the caller gave them: to be copied. */
  readonly bytes: Uint8Array | null;
}

export interface BodyCheck {
  /** StoreError BODY_INVALID when the body does not fit the schema. */
  parts(document: object, id: string): BodyParts;
  /** Of an increment: BODY_INVALID for fields that the schema does not declare so. */
  requireCounters(write: Write): void;
}

/** The rules that a body must keep before it is written, the same for every adapter. */
export function createBodyCheck<Body extends object>(definition: CollectionDefinition<Body>): BodyCheck {
  const { name, bytesField } = definition;
  const check = compileSchema(definition.schema);
  const properties: Readonly<Record<string, TSchema>> = definition.schema.properties;
  const counters = Object.entries(properties).map(([field, schema]) => [
    field,
    Type.Optional(Type.Unsafe({ type: schema.type })),
  ]);
  const checkCounters = compileSchema(
    Type.Object(Object.fromEntries(counters), { additionalProperties: false }),
  );

  function requireFitting(result: ReturnType<typeof check>, id: string): void {
    if (!result.ok) {
      const problems = result.violations.map(({ path, message }) => `${path} ${message}`);
      throw new StoreError('BODY_INVALID', `${name} "${id}" does not fit: ${problems.join('; ')}`, {
        detail: { violations: result.violations },
      });
    }
  }

  return {
    parts(document, id) {
      const { id: _id, version: _version, ...body } = document as Record<string, unknown>;
      let fields = body;
      let bytes: unknown;
      if (bytesField !== undefined) {
        ({ [bytesField]: bytes, ...fields } = body);
      }
      if (bytes !== undefined && !(bytes instanceof Uint8Array)) {
        throw new StoreError('BODY_INVALID', `${name}: ${bytesField} must be a Uint8Array`);
      }
      requireFitting(check(fields), id);
      return { fields, bytes: bytes ?? null };
    },
    requireCounters({ id, increments = {}, maxima = {} }) {
      requireFitting(checkCounters({ ...increments, ...maxima }), id);
      for (const [field, by] of Object.entries(increments)) {
        if (typeof by !== 'number' || !Number.isFinite(by)) {
          throw new StoreError('BODY_INVALID', `${name} "${id}": ${field} cannot be increased by ${by}`);
        }
      }
    },
  };
}

/** StoreError BODY_INVALID for a body, as JSON, that is too large with its bytes. */
export function requireBodySize(
  name: string,
  { json, bytes }: { json: string; bytes: Uint8Array | null },
): void {
  const sizeBytes = Buffer.byteLength(json) + (bytes?.byteLength ?? 0);
  if (sizeBytes > LARGEST_BODY_BYTES) {
    throw new StoreError(
      'BODY_INVALID',
      `${name} has ${sizeBytes} bytes, and must not have more than ${LARGEST_BODY_BYTES}`,
    );
  }
}
