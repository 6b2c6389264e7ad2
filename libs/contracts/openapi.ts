import { MANAGEMENT_API } from './management-api.ts';
import type { ManagementRoute } from './management-route.ts';
import { PROBLEM_SCHEMA } from './openapi-errors.ts';
import { DOCUMENT_TAGS, type Operation, operation } from './openapi-operation.ts';
import { type JsonSchema, namedSchemas } from './openapi-schemas.ts';

/** An OpenAPI 3.1 document, plain JSON. `paths` by path, then by method in lower case. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: JsonSchema;
  readonly servers: readonly JsonSchema[];
  readonly tags: readonly JsonSchema[];
  readonly security: readonly JsonSchema[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
}

/** The management API as an OpenAPI 3.1 document; `x-berth-role` of an operation is what it needs. */
export function openApiDocument({ version }: { readonly version: string }): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Berth',
      version,
      summary: 'The management API of a Berth container registry platform',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'where this document came from' }],
    tags: DOCUMENT_TAGS,
    security: [{ basic: [] }, { session: [] }],
    paths: paths(),
    components: {
      schemas: { ...namedSchemas(), Problem: PROBLEM_SCHEMA },
      headers: {
        ETag: { description: 'the version of the resource, for If-Match', schema: { type: 'string' } },
      },
      securitySchemes: {
        basic: {
          type: 'http',
          scheme: 'basic',
          description: 'user name and password, or id and secret of an access key or robot account',
        },
        session: { type: 'http', scheme: 'bearer', description: 'the token of `openSession`' },
      },
    },
  };
}

function paths(): OpenApiDocument['paths'] {
  const byPath: Record<string, Record<string, Operation>> = {};
  for (const [id, route] of Object.entries<ManagementRoute>(MANAGEMENT_API))
    byPath[route.pattern] = { ...byPath[route.pattern], [route.method.toLowerCase()]: operation(id, route) };
  return byPath;
}
