import type { RegistryAction } from '@berth/access';
import { type HttpMethod, pathExpression, type Route } from '@berth/http';

/** The table of `/v2` (OCI distribution specification 1.1, "Endpoints"). Names and references are judged later. */
const TABLE = [
  ['ping', 'GET', '/v2/', 'login'],
  ['pingHead', 'HEAD', '/v2/', 'login'],
  ['catalog', 'GET', '/v2/_catalog', 'catalog'],
  ['tagsList', 'GET', '/v2/{name}/tags/list', 'pull'],
  ['referrers', 'GET', '/v2/{name}/referrers/{digest}', 'pull'],
  ['uploadStart', 'POST', '/v2/{name}/blobs/uploads/', 'push'],
  ['uploadStatus', 'GET', '/v2/{name}/blobs/uploads/{upload}', 'push'],
  ['uploadAppend', 'PATCH', '/v2/{name}/blobs/uploads/{upload}', 'push'],
  ['uploadComplete', 'PUT', '/v2/{name}/blobs/uploads/{upload}', 'push'],
  ['uploadCancel', 'DELETE', '/v2/{name}/blobs/uploads/{upload}', 'push'],
  ['blobGet', 'GET', '/v2/{name}/blobs/{digest}', 'pull'],
  ['blobHead', 'HEAD', '/v2/{name}/blobs/{digest}', 'pullOrPush'],
  ['blobDelete', 'DELETE', '/v2/{name}/blobs/{digest}', 'delete'],
  ['manifestGet', 'GET', '/v2/{name}/manifests/{reference}', 'pull'],
  ['manifestHead', 'HEAD', '/v2/{name}/manifests/{reference}', 'pullOrPush'],
  ['manifestPut', 'PUT', '/v2/{name}/manifests/{reference}', 'push'],
  ['manifestDelete', 'DELETE', '/v2/{name}/manifests/{reference}', 'delete'],
] as const satisfies readonly (readonly [string, HttpMethod, string, RegistryAction])[];

export type RouteId = (typeof TABLE)[number][0];

const PARTS = { name: '.+' };

export const ROUTES: readonly (Route<RegistryAction> & { readonly id: RouteId })[] = TABLE.map(
  ([id, method, pattern, action]) => ({
    id,
    method,
    pattern,
    action,
    expression: new RegExp(pathExpression(pattern, PARTS).source.replace(/\/\$$/, '/?$')),
    decode: 'keepSlash',
  }),
);
