import { describe, expect, test } from '@jest/globals';
import { createRouter, formatPath, HttpError, pathExpression, type Route } from '../index.ts';
import { splitTarget } from '../request-target.ts';

const NAME = '[a-z0-9]+(?:[._-][a-z0-9]+)*(?:/[a-z0-9]+(?:[._-][a-z0-9]+)*)*';

function route(id: string, method: Route['method'], pattern: string, rest: Partial<Route> = {}): Route {
  return {
    id,
    method,
    pattern,
    expression: pathExpression(pattern, { name: NAME }),
    action: 'pull',
    ...rest,
  };
}

const router = createRouter([
  route('ping', 'GET', '/v2/', { expression: /^\/v2\/?$/ }),
  route('getManifest', 'GET', '/v2/{name}/manifests/{reference}'),
  route('headManifest', 'HEAD', '/v2/{name}/manifests/{reference}', { action: 'pullOrPush' }),
  route('putManifest', 'PUT', '/v2/{name}/manifests/{reference}'),
  route('getBlob', 'GET', '/v2/{name}/blobs/{digest}', { decode: 'none' }),
  route('startUpload', 'POST', '/v2/{name}/blobs/uploads/'),
  route('getImage', 'GET', '/api/v1/registries/{registry}/images/{image}'),
  route('kept', 'GET', '/kept/{part}', { decode: 'keepSlash' }),
]);

function refusal(method: string, path: string): HttpError {
  try {
    router.match(method, path);
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
  throw new Error(`${method} ${path} was not refused`);
}

describe('createRouter', () => {
  test.each([
    ['GET', '/v2', 'ping', {}],
    ['GET', '/v2/', 'ping', {}],
    ['HEAD', '/v2/', 'ping', {}],
    ['GET', '/v2/acme/team/web/manifests/1.0', 'getManifest', { name: 'acme/team/web', reference: '1.0' }],
    ['HEAD', '/v2/acme/web/manifests/1.0', 'headManifest', { name: 'acme/web', reference: '1.0' }],
    ['GET', '/v2/a/manifests/manifests/x', 'getManifest', { name: 'a/manifests', reference: 'x' }],
    [
      'GET',
      '/v2/acme/web/manifests/sha256%3Aab',
      'getManifest',
      { name: 'acme/web', reference: 'sha256:ab' },
    ],
    ['GET', '/v2/acme/web/blobs/sha256%3Aab', 'getBlob', { name: 'acme/web', digest: 'sha256%3Aab' }],
    ['GET', '/api/v1/registries/acme/images/a%2Fb', 'getImage', { registry: 'acme', image: 'a/b' }],
    ['GET', '/kept/a%2fb%20c', 'kept', { part: 'a%2Fb c' }],
  ])('%s %s is %s', (method, path, id, params) => {
    const match = router.match(method, path);
    expect([match.route.id, { ...match.params }]).toEqual([id, params]);
  });

  test('a percent-encoded slash is none inside a repository name', () => {
    expect(refusal('GET', '/v2/acme%2Fweb/manifests/1.0').code).toBe('NOT_FOUND');
  });

  test('refuses what is not percent-encoded UTF-8 with 400', () => {
    for (const part of ['%', '%zz', '%ff', 'a%2'])
      expect(refusal('GET', `/v2/acme/web/manifests/${part}`)).toMatchObject({
        status: 400,
        code: 'PATH_INVALID',
      });
  });

  test('a path of another method is 405 and says which are allowed', () => {
    expect(refusal('DELETE', '/v2/acme/web/blobs/uploads/')).toMatchObject({
      status: 405,
      headers: { Allow: 'POST' },
    });
    expect(refusal('PATCH', '/v2/acme/web/manifests/1.0').headers).toEqual({ Allow: 'GET, HEAD, PUT' });
    expect(refusal('OPTIONS', '/v2/').headers).toEqual({ Allow: 'GET, HEAD' });
  });

  test('an unknown path is 404 for every method', () => {
    for (const method of ['GET', 'PUT', 'TRACE']) expect(refusal(method, '/v3/').status).toBe(404);
  });

  test('does not take a table that is not sound', () => {
    expect(() => createRouter([route('x', 'GET', '/x', { action: '' })])).toThrow(
      'route x declares no action',
    );
    const { action: _, ...undeclared } = route('y', 'GET', '/y');
    expect(() => createRouter([undeclared as Route])).toThrow('route y declares no action');
    expect(() => createRouter([route('x', 'GET', '/x'), route('x', 'PUT', '/x')])).toThrow('there twice');
    expect(() => createRouter([route('x', 'GET', '/x', { expression: /x/ })])).toThrow('must be anchored');
    expect(() => createRouter([route('x', 'GET', '/x', { expression: /^x$/g })])).toThrow('keep no state');
  });
});

describe('formatPath', () => {
  test('puts values into a pattern, percent-encoded but for slash and colon', () => {
    expect(formatPath('/v2/{name}/blobs/{digest}', { name: 'acme/web', digest: 'sha256:ab' })).toBe(
      '/v2/acme/web/blobs/sha256:ab',
    );
    expect(formatPath('/x/{id}', { id: 'a b?' })).toBe('/x/a%20b%3F');
    expect(() => formatPath('/x/{id}', {})).toThrow('{id}');
  });
});

describe('splitTarget', () => {
  test.each([
    ['/v2/?n=1', '/v2/', 'n=1'],
    ['/v2/', '/v2/', ''],
    ['http://berth.example.com/v2/?n=1', '/v2/', 'n=1'],
    ['http://berth.example.com?n=/1', '/', 'n=/1'],
    ['*', '/', ''],
  ])('%s', (target, path, search) => {
    expect(splitTarget(target)).toEqual([path, search]);
  });
});
