import type { RawRequest } from './raw-request.ts';

/** One attack and what it must be answered with. A code of null: a success or an answer without a body. */
export interface HostileCase {
  readonly name: string;
  readonly request: RawRequest;
  readonly status: number;
  readonly code: string | null;
}

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const GOOD_DIGEST = `sha256:${'a'.repeat(64)}`;

function get(name: string, path: string, status: number, code: string | null): HostileCase {
  return { name, request: { path }, status, code };
}

/** Names and paths. What no URI may hold is refused by the gateway, as UNSUPPORTED or NOT_FOUND. `acme/web` exists and the caller may do everything. */
export const NAME_CASES: readonly HostileCase[] = [
  get('upper case in the registry', '/v2/Acme/web/tags/list', 400, 'NAME_INVALID'),
  get('upper case in the image', '/v2/acme/Web/tags/list', 400, 'NAME_INVALID'),
  get('an empty part', '/v2/acme//web/tags/list', 400, 'NAME_INVALID'),
  get('a part that begins with a dash', '/v2/acme/-web/tags/list', 400, 'NAME_INVALID'),
  get('two dots in a row', '/v2/acme/a..b/tags/list', 400, 'NAME_INVALID'),
  get('a name of one part', '/v2/web/tags/list', 400, 'NAME_INVALID'),
  get('a name of 300 characters', `/v2/acme/${'a'.repeat(300)}/tags/list`, 400, 'NAME_INVALID'),
  get('a slash as %2F', '/v2/acme%2Fweb/tags/list', 400, 'NAME_INVALID'),
  get('a slash as %2f within the image', '/v2/acme/team%2fweb/tags/list', 400, 'NAME_INVALID'),
  get('a doubly encoded slash', '/v2/acme/team%252fweb/tags/list', 400, 'NAME_INVALID'),
  get('a NUL', '/v2/acme/we%00b/tags/list', 400, 'UNSUPPORTED'),
  get('a line break', '/v2/acme/we%0d%0ab/tags/list', 400, 'NAME_INVALID'),
  get('letters of another script', '/v2/acme/%D0%B2%D0%B5%D0%B1/tags/list', 400, 'NAME_INVALID'),
  get('a full-width letter', '/v2/acme/%EF%BD%97eb/tags/list', 400, 'NAME_INVALID'),
  get('an over-long encoding of a slash', '/v2/acme/a%c0%afb/tags/list', 400, 'REQUEST_INVALID'),
  get('a byte that is no ASCII', '/v2/acme/w\xe4b/tags/list', 400, 'UNSUPPORTED'),
  {
    name: 'a control character in a header',
    request: { path: '/v2/', headers: { 'X-Note': 'a\x01b' } },
    status: 400,
    code: 'REQUEST_INVALID',
  },
  get('an incomplete percent sign', '/v2/acme/web%/tags/list', 400, 'UNSUPPORTED'),
  get('dots up out of the registry', '/v2/acme/web/../../../../etc/passwd', 400, 'UNSUPPORTED'),
  get('encoded dots', '/v2/acme/%2e%2e/%2e%2e/etc/passwd/tags/list', 404, 'NOT_FOUND'),
  get('encoded dots and slashes', '/v2/acme/..%2f..%2fetc%2fpasswd/tags/list', 404, 'NOT_FOUND'),
  get('backslashes', '/v2/acme/..%5c..%5cboot.ini/tags/list', 400, 'NAME_INVALID'),
  get('a registry that the token does not name', '/v2/nobody/web/tags/list', 401, 'UNAUTHORIZED'),
  get('an image that does not exist', '/v2/acme/nothing/tags/list', 404, 'NAME_UNKNOWN'),
  get('no path of the API', '/v2/acme/web/secrets/list', 404, 'NOT_FOUND'),
  get('a path of 20,000 characters', `/v2/acme/${'a/'.repeat(10_000)}tags/list`, 414, 'NAME_INVALID'),
  {
    name: 'a method that does not exist',
    request: { method: 'BREW', path: '/v2/' },
    status: 405,
    code: 'UNSUPPORTED',
  },
  { name: 'TRACE', request: { method: 'TRACE', path: '/v2/' }, status: 405, code: 'UNSUPPORTED' },
  {
    name: 'POST where only GET is',
    request: { method: 'POST', path: '/v2/acme/web/tags/list' },
    status: 405,
    code: 'UNSUPPORTED',
  },
];

/** References, digests, pages, ranges. */
export const REFERENCE_CASES: readonly HostileCase[] = [
  get('a digest that is no hex', '/v2/acme/web/blobs/sha256:xyz', 400, 'DIGEST_INVALID'),
  get('a digest in upper case', `/v2/acme/web/blobs/sha256:${'A'.repeat(64)}`, 400, 'DIGEST_INVALID'),
  get('a digest that is too short', `/v2/acme/web/blobs/sha256:${'a'.repeat(63)}`, 400, 'DIGEST_INVALID'),
  get('sha512 of the length of sha256', `/v2/acme/web/blobs/sha512:${'a'.repeat(64)}`, 400, 'DIGEST_INVALID'),
  get('another algorithm', `/v2/acme/web/blobs/md5:${'a'.repeat(32)}`, 400, 'DIGEST_INVALID'),
  get('a path for a digest', '/v2/acme/web/blobs/..%2f..%2fetc%2fpasswd', 400, 'DIGEST_INVALID'),
  get('a digest nobody has', `/v2/acme/web/blobs/${GOOD_DIGEST}`, 404, 'BLOB_UNKNOWN'),
  get('a manifest nobody has', `/v2/acme/web/manifests/${GOOD_DIGEST}`, 404, 'MANIFEST_UNKNOWN'),
  get('a bad digest of a manifest', '/v2/acme/web/manifests/sha256:zz', 400, 'DIGEST_INVALID'),
  get('a bad digest of a subject', '/v2/acme/web/referrers/sha256:zz', 400, 'DIGEST_INVALID'),
  get('a tag nobody has', '/v2/acme/web/manifests/nothing', 404, 'MANIFEST_UNKNOWN'),
  get('a page of nothing', '/v2/acme/web/tags/list?n=0', 400, 'PAGINATION_NUMBER_INVALID'),
  get('a negative page', '/v2/acme/web/tags/list?n=-5', 400, 'PAGINATION_NUMBER_INVALID'),
  get('a page of words', '/v2/acme/web/tags/list?n=ten', 400, 'PAGINATION_NUMBER_INVALID'),
  get('a page of a billion', '/v2/acme/web/tags/list?n=1000000000', 200, null),
  get('a catalog page of words', '/v2/_catalog?n=1e9x', 400, 'PAGINATION_NUMBER_INVALID'),
  get('a place in the list that is no tag', '/v2/acme/web/tags/list?n=5&last=%00%ff..', 200, null),
];

function put(
  name: string,
  tag: string,
  type: string,
  body: string | Buffer,
  code: string,
  status = 400,
): HostileCase {
  const request = {
    method: 'PUT',
    path: `/v2/acme/web/manifests/${tag}`,
    headers: { 'Content-Type': type },
    body,
  };
  return { name, request, status, code };
}

const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: GOOD_DIGEST, size: 2 };
const manifest = (changes: object): string =>
  JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [], ...changes });

/** Manifests. */
export const MANIFEST_CASES: readonly HostileCase[] = [
  put('no JSON', 'bad', OCI_MANIFEST, 'not json', 'MANIFEST_INVALID'),
  put('an empty body', 'bad', OCI_MANIFEST, '', 'MANIFEST_INVALID'),
  put('a JSON string', 'bad', OCI_MANIFEST, '"manifest"', 'MANIFEST_INVALID'),
  put('null', 'bad', OCI_MANIFEST, 'null', 'MANIFEST_INVALID'),
  put('200,000 brackets', 'bad', OCI_MANIFEST, `${'['.repeat(200_000)}`, 'MANIFEST_INVALID'),
  put(
    '100,000 levels of objects',
    'bad',
    OCI_MANIFEST,
    manifest({}).replace('"layers":[]', `"layers":[],"a":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
    'MANIFEST_INVALID',
  ),
  put('5 MiB', 'bad', OCI_MANIFEST, manifest({ note: 'x'.repeat(5 * 1024 * 1024) }), 'SIZE_INVALID', 413),
  put(
    'bytes that are no UTF-8',
    'bad',
    OCI_MANIFEST,
    Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
    'MANIFEST_INVALID',
  ),
  put(
    'another content type than its own',
    'bad',
    'application/vnd.oci.image.index.v1+json',
    manifest({}),
    'MANIFEST_INVALID',
  ),
  put('a content type of no manifest', 'bad', 'text/html', manifest({}), 'MANIFEST_INVALID'),
  put(
    'schema 1',
    'bad',
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
    '{"schemaVersion":1}',
    'MANIFEST_INVALID',
  ),
  put('schema version 3', 'bad', OCI_MANIFEST, manifest({ schemaVersion: 3 }), 'MANIFEST_INVALID'),
  put('no config', 'bad', OCI_MANIFEST, manifest({ config: undefined }), 'MANIFEST_INVALID'),
  put(
    'a negative size',
    'bad',
    OCI_MANIFEST,
    manifest({ config: { ...config, size: -1 } }),
    'MANIFEST_INVALID',
  ),
  put(
    'a size of 1e300',
    'bad',
    OCI_MANIFEST,
    manifest({ config: { ...config, size: 1e300 } }),
    'MANIFEST_INVALID',
  ),
  put(
    'a digest with dots',
    'bad',
    OCI_MANIFEST,
    manifest({ config: { ...config, digest: 'sha256:../x' } }),
    'MANIFEST_INVALID',
  ),
  put('layers that are no list', 'bad', OCI_MANIFEST, manifest({ layers: {} }), 'MANIFEST_INVALID'),
  put(
    'a prototype',
    'bad',
    OCI_MANIFEST,
    manifest({}).replace('"layers"', '"__proto__":{"x":1},"layers"'),
    'MANIFEST_BLOB_UNKNOWN',
    404,
  ),
  put('blobs that are not there', 'bad', OCI_MANIFEST, manifest({}), 'MANIFEST_BLOB_UNKNOWN', 404),
  put('an upper-case tag', 'Latest', OCI_MANIFEST, manifest({}), 'MANIFEST_INVALID'),
  put('a tag with a space', 'my%20tag', OCI_MANIFEST, manifest({}), 'MANIFEST_INVALID'),
  put('a tag of 129 characters', 't'.repeat(129), OCI_MANIFEST, manifest({}), 'MANIFEST_INVALID'),
  put('a tag with a NUL', 'a%00b', OCI_MANIFEST, manifest({}), 'UNSUPPORTED'),
  put('the digest of something else', GOOD_DIGEST, OCI_MANIFEST, manifest({}), 'DIGEST_INVALID'),
  put(
    '200 tags at once',
    `${GOOD_DIGEST}?${'tag=a&'.repeat(200)}`,
    OCI_MANIFEST,
    manifest({}),
    'MANIFEST_INVALID',
  ),
];
