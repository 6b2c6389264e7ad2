import { MANAGEMENT_API, type ManagementRoute, type OperationId } from '@berth/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ManagementAnswer } from '../access/management-client.ts';
import { MANAGEMENT_ROWS } from '../access/management-rows.ts';
import { startWorld, type World } from '../access/world.ts';
import { type ApiDocument, readApiDocument } from './api-document.ts';
import { GOOD_CALLS, type GoodCall, type Made } from './good-calls.ts';

let world: World;
let document: ApiDocument;
beforeAll(async () => {
  world = await startWorld();
  document = await readApiDocument(world.product.origin);
});
afterAll(() => world?.stop());

const answers = new Map<OperationId, ManagementAnswer>();
const made: Made = (operation) => answers.get(operation)?.body ?? {};
const isWrite = (id: OperationId) => (MANAGEMENT_API[id] as ManagementRoute).method !== 'GET';

test('every operation is called', () => {
  expect(Object.keys(GOOD_CALLS).sort()).toEqual(Object.keys(MANAGEMENT_API).sort());
});

describe.each(Object.entries(GOOD_CALLS) as [OperationId, GoodCall][])('%s', (id, good) => {
  test('answers as the document of the API says, and 304 where it says so', async () => {
    const request = (await good.request?.(made, world)) ?? {};
    if (request.body !== undefined) expect(document.problemsOfRequest(id, request.body)).toEqual([]);
    const answer = await world.call(good.as ?? 'admin', id, request);
    answers.set(id, answer);
    expect({ status: answer.status, code: answer.code }).toEqual({ status: good.status, code: undefined });
    expect(document.problemsOf(id, answer)).toEqual([]);

    if (document.operation(id).responses[304] === undefined) return;
    const tag = answer.headers.get('etag') ?? '';
    const again = await world.call(good.as ?? 'admin', id, { ...request, headers: { 'if-none-match': tag } });
    expect({ status: again.status, tag: again.headers.get('etag') }).toEqual({ status: 304, tag });
    expect(again.body).toBe('');
  });

  test('refuses as the document says: nobody, and what is wrong', async () => {
    const request = MANAGEMENT_ROWS[id].request?.(world, 'own') ?? {};
    const nobody = await world.call('anonymous', id, request);
    if (MANAGEMENT_ROWS[id].least !== 'public') expect(nobody.status).toBe(401);
    expect(document.problemsOf(id, nobody)).toEqual([]);
    for (const identity of ['admin', 'robot', 'plain'] as const)
      expect(document.problemsOf(id, await world.call(identity, id, request))).toEqual([]);
    const strange = { ...request, query: { ...request.query, nonsense: '1', limit: '0' } };
    if (!isWrite(id)) expect(document.problemsOf(id, await world.call('admin', id, strange))).toEqual([]);
    const nowhere = { ...request, params: { registry: 'nowhere', image: 'nowhere', id: 'nowhere' } };
    expect(document.problemsOf(id, await world.call('admin', id, nowhere))).toEqual([]);
  });
});

test('a tag that is moved, and a registry that goes in the background, are as documented as well', async () => {
  const { manifest } = world.imageOf('own');
  const moved = await world.call('admin', 'putTag', {
    params: { registry: 'own', image: 'web', tag: '1.0' },
    body: { digest: manifest },
  });
  expect(moved.status).toBe(200);
  expect(document.problemsOf('putTag', moved)).toEqual([]);
  const params = { registry: 'own' };
  const held = await world.call('admin', 'deleteRegistry', { params });
  expect(held.code).toBe('REGISTRY_NOT_EMPTY');
  expect(document.problemsOf('deleteRegistry', held)).toEqual([]);
  const going = await world.call('admin', 'deleteRegistry', { params, query: { force: 'true' } });
  expect(going.status).toBe(202);
  expect(document.problemsOf('deleteRegistry', going)).toEqual([]);
});
