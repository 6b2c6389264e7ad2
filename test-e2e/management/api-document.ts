import type { OpenApiDocument, Operation } from '@berth/contracts';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ManagementAnswer } from '../access/management-client.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/** The API's own description, as a running product gives it, to hold answers against. */
export interface ApiDocument {
  operation(id: string): Operation;
  /** What of an answer is not as the document says, in words; nothing when it fits. */
  problemsOf(id: string, answer: ManagementAnswer): string[];
  /** The same of a body that is sent. */
  problemsOfRequest(id: string, body: unknown): string[];
}

export async function readApiDocument(origin: string): Promise<ApiDocument> {
  const document = (await (await fetch(`${origin}/api/v1/openapi.json`)).json()) as OpenApiDocument;
  const operations = new Map(
    Object.values(document.paths)
      .flatMap((byMethod) => Object.values(byMethod))
      .map((operation) => [operation.operationId, operation]),
  );
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  const { schemas = {} } = document.components;
  // An answer shows what is documented and nothing else; only problems may carry members of their own.
  const shown = Object.entries(schemas).map(([name, schema]) => [
    name,
    name === 'Problem' ? schema : closed(schema),
  ]);
  ajv.addSchema({ $id: 'document', components: { schemas: Object.fromEntries(shown) } });
  const compiled = new Map<JsonSchema, ValidateFunction>();

  function violations(schema: JsonSchema, value: unknown): string[] {
    const known = compiled.get(schema);
    const check =
      known ?? ajv.compile(JSON.parse(JSON.stringify(closed(schema)).replaceAll('"#/', '"document#/')));
    compiled.set(schema, check);
    if (check(value)) return [];
    return (check.errors ?? []).map(
      ({ instancePath, message, params }) => `body${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  function operation(id: string): Operation {
    const found = operations.get(id);
    if (found === undefined) throw new Error(`the document has no operation ${id}`);
    return found;
  }

  return {
    operation,
    problemsOf(id, answer) {
      const described = operation(id).responses[answer.status];
      if (described === undefined) return [`status ${answer.status} (${answer.code}) is not documented`];
      const problems: string[] = [];
      const hasTag = answer.headers.has('etag');
      if (hasTag !== (described.headers?.ETag !== undefined))
        problems.push(`it has ${hasTag ? 'an' : 'no'} ETag, unlike the document`);
      const codes = described['x-berth-codes'];
      if (codes !== undefined && !codes.includes(answer.code ?? ''))
        problems.push(`code ${answer.code} is none of ${codes}`);
      const type = answer.headers.get('content-type')?.split(';')[0];
      if (described.content === undefined) {
        if (answer.body !== '') problems.push(`it has a body, unlike the document: ${answer.body}`);
        return problems;
      }
      const content = described.content[type ?? ''];
      if (content === undefined) return [...problems, `content type ${type} is not documented`];
      return [...problems, ...violations(content.schema, answer.body)];
    },
    problemsOfRequest(id, body) {
      const contents = operation(id).requestBody?.content;
      if (contents === undefined) return body === undefined ? [] : ['no body is documented'];
      return Object.values(contents).flatMap(({ schema }) => violations(schema, body));
    },
  };
}

/** The schema with its objects closed to what they do not name. */
function closed(schema: JsonSchema): JsonSchema {
  const entries = Object.entries(schema).map(([keyword, value]) => {
    if (keyword === 'properties')
      return [keyword, mapValues(value as Record<string, JsonSchema>, closed)] as const;
    if (keyword === 'items') return [keyword, closed(value as JsonSchema)] as const;
    if (keyword === 'anyOf') return [keyword, (value as JsonSchema[]).map(closed)] as const;
    return [keyword, value] as const;
  });
  return {
    ...(schema.properties !== undefined && { additionalProperties: false }),
    ...Object.fromEntries(entries),
  };
}

function mapValues<T>(values: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
