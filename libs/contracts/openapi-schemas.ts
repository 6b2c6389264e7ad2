import type { TSchema } from '@sinclair/typebox';
import * as access from './access-resource.ts';
import { GlobFilter } from './glob-filter.ts';
import * as image from './management-image.ts';
import * as protection from './management-protection.ts';
import * as registry from './management-registry.ts';
import * as webhook from './management-webhook.ts';
import { Actor } from './principal.ts';

/** JSON Schema 2020-12, as OpenAPI 3.1 holds it. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** Schemas that the document names; each stands once in it and is referred to. */
const NAMED: Readonly<Record<string, TSchema>> = {
  Actor,
  GlobFilter,
  Registry: registry.RegistryResource,
  RegistryCreation: registry.RegistryCreation,
  Image: image.ImageResource,
  Artifact: image.ArtifactResource,
  ArtifactDetail: image.ArtifactDetailResource,
  DeletedArtifact: image.DeletedArtifactResource,
  Descriptor: image.DescriptorResource,
  Tag: image.TagResource,
  TagTarget: image.TagTarget,
  ProtectionPolicy: protection.ProtectionPolicyResource,
  ProtectionPolicyCreation: protection.ProtectionPolicyCreation,
  SessionCreation: access.SessionCreation,
  Session: access.SessionResource,
  Me: access.MeResource,
  User: access.UserResource,
  UserCreation: access.UserCreation,
  Key: access.KeyResource,
  KeyCreation: access.KeyCreation,
  NewKey: access.NewKeyResource,
  Robot: access.RobotResource,
  RobotCreation: access.RobotCreation,
  NewRobot: access.NewRobotResource,
  Grant: access.GrantResource,
  GrantCreation: access.GrantCreation,
  Explanation: access.Explanation,
  AuditEntry: access.AuditEntry,
  Webhook: webhook.WebhookResource,
  WebhookCreation: webhook.WebhookCreation,
  Delivery: webhook.DeliveryResource,
  DeliveryDetail: webhook.DeliveryDetailResource,
};
const NAMES = new Map(Object.entries(NAMED).map(([name, schema]) => [schema, name]));

/** `components.schemas`, those of `MANAGEMENT_API` whole. */
export function namedSchemas(): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(NAMED).map(([name, schema]) => [name, { title: name, ...plain(schema) }]),
  );
}

/** A schema as JSON: a reference where it has a name, else in place. */
export function jsonSchema(schema: TSchema): JsonSchema {
  const name = NAMES.get(schema);
  return name === undefined ? plain(schema) : { $ref: `#/components/schemas/${name}` };
}

/**
 * The schema of a JSON merge patch (RFC 7396) that yields `whole`: every field may be left out but one that the
 * `resource` does not have yet; null removes what `whole` may lack.
 */
export function mergePatchSchema(whole: TSchema, resource: TSchema | undefined): JsonSchema {
  const required = ((whole.required ?? []) as string[]).filter((field) => !resource?.properties?.[field]);
  const fields = Object.entries<TSchema>(whole.properties).map(([name, field]) => {
    const patch = field.properties ? mergePatchSchema(field, field) : jsonSchema(field);
    const isRemovable = !whole.required?.includes(name);
    return [name, isRemovable ? { anyOf: [patch, { type: 'null' }] } : patch];
  });
  return {
    type: 'object',
    properties: Object.fromEntries(fields),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

/** What JSON keeps of a TypeBox schema; a choice of texts becomes an enumeration. */
function plain(schema: TSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  if (Array.isArray(anyOf) && anyOf.every((option) => typeof option.const === 'string'))
    return { ...plain(rest as TSchema), type: 'string', enum: anyOf.map((option) => option.const) };
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [keyword, member(keyword, value)]),
  );
}

function member(keyword: string, value: unknown): unknown {
  if (MAPS_OF_SCHEMAS.has(keyword)) {
    const entries = Object.entries(value as Record<string, TSchema>);
    return Object.fromEntries(entries.map(([name, schema]) => [name, jsonSchema(schema)]));
  }
  if (Array.isArray(value)) return value.map((item) => (isObject(item) ? jsonSchema(item as TSchema) : item));
  return SCHEMAS.has(keyword) && isObject(value) ? jsonSchema(value as TSchema) : value;
}

const MAPS_OF_SCHEMAS = new Set(['properties', 'patternProperties']);
const SCHEMAS = new Set(['items', 'additionalProperties']);

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
