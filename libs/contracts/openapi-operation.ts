import type { TSchema } from '@sinclair/typebox';
import type { ManagementAction } from './management-action.ts';
import type { ManagementRoute } from './management-route.ts';
import { errorResponses } from './openapi-errors.ts';
import { type JsonSchema, jsonSchema, mergePatchSchema } from './openapi-schemas.ts';

/** The tags of the document, by the part of a path that they are named after. */
const TAGS: Readonly<Record<string, { readonly name: string; readonly description: string }>> = {
  v1: { name: 'API', description: 'The API about itself' },
  registries: { name: 'Registries', description: 'A team’s unit: the first part of a docker name' },
  images: { name: 'Images', description: 'What a registry holds: the rest of a docker name' },
  artifacts: { name: 'Artifacts', description: 'Manifests, named by digest' },
  tags: { name: 'Tags', description: 'Names that point at artifacts' },
  policies: { name: 'Protection', description: 'Policies that keep tags from being moved or deleted' },
  sessions: { name: 'Sessions', description: 'Signing in and out' },
  me: { name: 'Me', description: 'Who asks' },
  users: { name: 'Users', description: 'People' },
  keys: { name: 'Keys', description: 'Access keys of the one who asks' },
  robots: { name: 'Robots', description: 'Accounts of programs, each of one registry' },
  grants: { name: 'Grants', description: 'Who holds which role where' },
  explain: { name: 'Explain', description: 'Why somebody may or may not' },
  audit: { name: 'Audit', description: 'Who did what' },
  webhooks: { name: 'Webhooks', description: 'Events sent to other systems' },
  deliveries: { name: 'Deliveries', description: 'What was sent, and what came back' },
};

const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  registry: 'name of the registry',
  image: 'name of the image in its registry, with `~` for `/`: `team~web` is `team/web`',
  digest: '`sha256:` and 64 hexadecimal digits',
  tag: 'name of the tag',
  username: 'name of the user',
  id: 'id',
  deliveryId: 'id of the delivery',
};

export const DOCUMENT_TAGS = Object.values(TAGS);

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

/** By media type. */
export type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, JsonSchema>>;
  readonly content?: Content;
  /** Of an error: the values that `code` may have. */
  readonly 'x-berth-codes'?: readonly string[];
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  /** Empty: no credential is needed. Else as the document says. */
  readonly security?: readonly never[];
  readonly 'x-berth-role': ManagementAction;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: true; readonly content: Content };
  /** By status. */
  readonly responses: Readonly<Record<string, Response>>;
}

/** One operation of the document. */
export function operation(id: string, route: ManagementRoute): Operation {
  const body = requestBody(route);
  return {
    operationId: id,
    summary: route.summary,
    tags: [tagOf(route).name],
    ...(route.action === 'public' && { security: [] }),
    'x-berth-role': route.action,
    parameters: [...pathParameters(route), ...queryParameters(route), ...conditions(route)],
    ...(body !== undefined && { requestBody: body }),
    responses: { ...successes(route), ...errorResponses(route) },
  };
}

/** @throws TypeError for a path without one */
function tagOf({ pattern }: ManagementRoute) {
  const tag = pattern
    .split('/')
    .map((part) => TAGS[part])
    .findLast((found) => found !== undefined);
  if (tag === undefined) throw new TypeError(`no tag of the API document fits ${pattern}`);
  return tag;
}

function pathParameters({ pattern }: ManagementRoute): Parameter[] {
  return [...pattern.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: PATH_PARAMETERS[name] ?? name,
    schema: { type: 'string', minLength: 1 },
  }));
}

function queryParameters({ query }: ManagementRoute): Parameter[] {
  if (query === undefined) return [];
  return Object.entries<TSchema>(query.properties).map(([name, field]) => {
    const { description, ...schema } = jsonSchema(field);
    return {
      name,
      in: 'query',
      required: query.required?.includes(name) ?? false,
      ...(typeof description === 'string' && { description }),
      schema,
    };
  });
}

/** `If-Match` of what changes or removes a thing, `If-None-Match` of what reads or may create it. */
function conditions(route: ManagementRoute): Parameter[] {
  const header = (name: string, description: string): Parameter => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  });
  const changes = ['PUT', 'PATCH', 'DELETE'].includes(route.method);
  return [
    ...(changes ? [header('If-Match', 'the `ETag` that it must have, else 412')] : []),
    ...(route.method === 'PUT' ? [header('If-None-Match', '`*`: it must not exist, else 412')] : []),
    ...(route.method === 'GET' && hasTag(route, route.response)
      ? [header('If-None-Match', 'the `ETag` that is known: 304 while it holds')]
      : []),
  ];
}

function requestBody({ method, request, response }: ManagementRoute): Operation['requestBody'] {
  if (request === undefined) return undefined;
  const schema = method === 'PATCH' ? mergePatchSchema(request, response) : jsonSchema(request);
  const types =
    method === 'PATCH' ? ['application/merge-patch+json', 'application/json'] : ['application/json'];
  return { required: true, content: Object.fromEntries(types.map((type) => [type, { schema }])) };
}

function successes(route: ManagementRoute): Operation['responses'] {
  const { response, status = response === undefined ? 204 : 200, also } = route;
  return {
    [status]: success(route, response, status),
    ...(also !== undefined && { [also.status]: success(route, also.response, also.status) }),
    ...(route.method === 'GET' && hasTag(route, response) && { 304: { description: 'Not modified' } }),
  };
}

function success(route: ManagementRoute, schema: TSchema | undefined, status: number): Response {
  const description = { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'Done' }[status] ?? 'Success';
  if (schema === undefined) return { description };
  return {
    description,
    ...(hasTag(route, schema) && { headers: { ETag: { $ref: '#/components/headers/ETag' } } }),
    content: { [schema.contentMediaType ?? 'application/json']: { schema: jsonSchema(schema) } },
  };
}

function hasTag({ tagged }: ManagementRoute, schema: TSchema | undefined): boolean {
  return schema !== undefined && (tagged === true || schema.properties?.id !== undefined);
}
