import { describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import {
  MANAGEMENT_API,
  type ManagementRoute,
  type Operation,
  openApiDocument,
  PROBLEM_STATUS,
} from '../index.ts';

const document = openApiDocument({ version: '1.2.3' });
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

function operationOf(id: string): Operation {
  const found = operations.find(({ operationId }) => operationId === id);
  if (found === undefined) throw new Error(`there is no operation ${id}`);
  return found;
}

function patchOf(id: string) {
  return operationOf(id).requestBody?.content['application/merge-patch+json']?.schema;
}

const NULLABLE = { anyOf: [expect.anything(), { type: 'null' }] };

describe('the OpenAPI document', () => {
  test('is a valid OpenAPI 3.1 document', async () => {
    const result = await new Validator().validate(JSON.parse(JSON.stringify(document)));
    expect(result).toMatchObject({ valid: true });
  });

  test('is plain JSON: nothing is lost when it is written', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    expect(document.info.version).toBe('1.2.3');
  });

  test.each(Object.entries<ManagementRoute>(MANAGEMENT_API))('has %s as the contract says', (id, route) => {
    const operation = operationOf(id);
    expect(document.paths[route.pattern]?.[route.method.toLowerCase()]).toBe(operation);
    expect(operation).toMatchObject({
      operationId: id,
      summary: route.summary,
      'x-berth-role': route.action,
    });
    const status = route.status ?? (route.response === undefined ? 204 : 200);
    const expected = [status, ...(route.also === undefined ? [] : [route.also.status])];
    for (const success of expected) expect(operation.responses).toHaveProperty([String(success)]);
    for (const code of route.errors ?? [])
      expect(operation.responses[PROBLEM_STATUS[code]]?.['x-berth-codes']).toContain(code);
    const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
    expect(inPath.map(({ name }) => `{${name}}`)).toEqual(route.pattern.match(/\{\w+\}/g) ?? []);
    expect(operation.requestBody === undefined).toBe(route.request === undefined);
    expect(operation.security).toEqual(route.action === 'public' ? [] : undefined);
  });

  test('has no operation besides', () => {
    expect(operations).toHaveLength(Object.keys(MANAGEMENT_API).length);
  });

  test('refers only to what is there', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, path]) => path,
    );
    const dangling = references.filter((path = '') => {
      const parts = path.split('/');
      return parts.reduce<unknown>((node, part) => Reflect.get(Object(node), part), document) === undefined;
    });
    expect(references.length).toBeGreaterThan(100);
    expect(dangling).toEqual([]);
  });

  test('uses every tag and every named schema', () => {
    const used = new Set(operations.flatMap(({ tags }) => tags as string[]));
    expect(document.tags.map(({ name }) => name).sort()).toEqual([...used].sort());
    const text = JSON.stringify(document);
    const unused = Object.keys(document.components.schemas ?? {}).filter(
      (name) => !text.includes(`"#/components/schemas/${name}"`),
    );
    expect(unused).toEqual([]);
  });

  test('knows every code that a problem may carry, and says of which operation it comes', () => {
    const codes = document.components.schemas?.Problem?.properties as { code: { enum: string[] } };
    expect(codes.code.enum).toEqual(
      expect.arrayContaining(['NOT_FOUND', 'METHOD_NOT_ALLOWED', 'WEBHOOK_LIMIT']),
    );
    expect(operationOf('endSession').responses[400]?.['x-berth-codes']).toContain('SESSION_REQUIRED');
    expect(operationOf('createKey').responses[403]?.['x-berth-codes']).toEqual(['DENIED']);
  });

  test('says how an image is written in a path', () => {
    expect(operationOf('getImage').parameters).toContainEqual(
      expect.objectContaining({ name: 'image', description: expect.stringContaining('`~`') }),
    );
  });

  test('gives resources an ETag, and not lists', () => {
    expect(operationOf('getRegistry').responses[200]?.headers).toHaveProperty('ETag');
    expect(operationOf('createWebhook').responses[201]?.headers).toHaveProperty('ETag');
    expect(operationOf('getApiDocument').responses[200]?.headers).toHaveProperty('ETag');
    expect(operationOf('listRegistries').responses[200]).not.toHaveProperty('headers');
  });

  test('lets a merge patch leave out what stays and remove what may be missing', () => {
    for (const id of [
      'updateRegistry',
      'updateUser',
      'updateRobot',
      'updateWebhook',
      'updateProtectionPolicy',
    ])
      expect(patchOf(id)).not.toHaveProperty('required');
    expect(patchOf('updateWebhook')).toMatchObject({
      properties: { name: { type: 'string' }, secret: NULLABLE },
    });
    expect(patchOf('updateRobot')).toMatchObject({ properties: { expiresAt: NULLABLE } });
    expect(patchOf('updateProtectionPolicy')).toMatchObject({
      properties: { images: { properties: { match: { type: 'array' }, exclude: NULLABLE } } },
    });
    expect(patchOf('updateProtectionPolicy')).not.toHaveProperty('properties.images.required');
  });

  test('asks in a merge patch for what has no value yet', () => {
    expect(patchOf('updateMe')).toHaveProperty('required', ['currentPassword', 'password']);
  });
});
