import type { ManagementRoute } from './management-route.ts';
import { PROBLEM_STATUS, type ProblemCode } from './management-status.ts';
import type { Operation, Response } from './openapi-operation.ts';
import type { JsonSchema } from './openapi-schemas.ts';

const WRITES: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** The body of every error (RFC 9457). Some codes add members of their own: `existingId` of NAME_TAKEN, `tags` of PROTECTED. */
export const PROBLEM_SCHEMA: JsonSchema = {
  title: 'Problem',
  type: 'object',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(PROBLEM_STATUS).sort() },
    detail: { type: 'string', description: 'names the offending value and the rule' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { path: { type: 'string' }, message: { type: 'string' } },
        required: ['path', 'message'],
      },
    },
    existingId: { type: 'string', description: 'with NAME_TAKEN: the id of the one that has the name' },
  },
  required: ['type', 'title', 'status', 'code', 'detail'],
};

/** The responses of a route that are errors, by status, each naming its codes in words and as `x-berth-codes`. */
export function errorResponses(route: ManagementRoute): Operation['responses'] {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of errorCodes(route))
    byStatus.set(PROBLEM_STATUS[code], [...(byStatus.get(PROBLEM_STATUS[code]) ?? []), code]);
  return Object.fromEntries([...byStatus].map(([status, codes]) => [String(status), response(codes)]));
}

/** What a route may answer with: its own codes, and those that come with its kind. */
function errorCodes(route: ManagementRoute): ReadonlySet<ProblemCode> {
  const isWrite = WRITES.includes(route.method);
  return new Set<ProblemCode>([
    ...(route.errors ?? []),
    'UNAUTHORIZED',
    'TOO_MANY_REQUESTS',
    'PATH_INVALID',
    'INTERNAL',
    'UNAVAILABLE',
    'DEADLINE_EXCEEDED',
    ...codes(route.action !== 'public' && route.action !== 'signedIn', 'DENIED'),
    ...codes(route.registry !== undefined && route.registry !== 'object', 'REGISTRY_NOT_FOUND'),
    ...codes(route.registry === 'path' && isWrite, 'REGISTRY_DELETING'),
    ...codes(route.pattern.includes('{digest}'), 'DIGEST_INVALID'),
    ...codes(route.query !== undefined, 'PAGE_INVALID', 'QUERY_INVALID'),
    ...codes(
      route.request !== undefined,
      'BODY_INVALID',
      'BODY_CUT',
      'BODY_TOO_LARGE',
      'MEDIA_TYPE_UNSUPPORTED',
    ),
    ...codes(isWrite && route.method !== 'POST', 'PRECONDITION_FAILED', 'VERSION_CONFLICT'),
    ...codes(isWrite, 'STORAGE_FULL'),
  ]);
}

function codes(applies: boolean, ...some: readonly ProblemCode[]): readonly ProblemCode[] {
  return applies ? some : [];
}

function response(some: readonly ProblemCode[]): Response {
  return {
    description: some.map((code) => `\`${code}\``).join(', '),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    'x-berth-codes': some,
  };
}
