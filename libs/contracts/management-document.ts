import { Type } from '@sinclair/typebox';
import { defineRoutes } from './management-route.ts';

/** The API about itself. */
export const DOCUMENT_ROUTES = defineRoutes({
  getApiPage: {
    method: 'GET',
    pattern: '/api/v1/',
    action: 'public',
    summary: 'This API as a page for people',
    response: Type.String({ contentMediaType: 'text/html' }),
    tagged: true,
  },
  getApiDocument: {
    method: 'GET',
    pattern: '/api/v1/openapi.json',
    action: 'public',
    summary: 'This API as an OpenAPI 3.1 document',
    response: Type.Record(Type.String(), Type.Unknown()),
    tagged: true,
  },
});
