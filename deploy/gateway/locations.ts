import { FORWARDED_HEADERS } from './forwarded-headers.ts';
import type { GatewayRoute, GatewaySettings } from './gateway-settings.ts';
import { block, quotedWithVariables } from './nginx-text.ts';
import { SECOND_HOP as SECOND_HOP_UPSTREAM, STATUS, UPLOADS, UPLOADS_OF } from './upstream-blocks.ts';

/** Statuses of no meaning to HTTP that send a request on to `@write` and `@second-hop`. */
const WRITE = 418;
const SECOND_HOP = 419;

/** The locations of the services' routes, of blobs, of the gateway's own health, and the rest: 404. */
export function locations(settings: GatewaySettings): string[] {
  return [
    block('location = /healthz', ['default_type text/plain;', 'return 200 "ok\\n";']),
    block('location = /readyz', ['proxy_next_upstream off;', `proxy_pass http://${STATUS};`]),
    ...settings.routes.flatMap(routeLocations),
    `error_page ${WRITE} = @write;`,
    `error_page ${SECOND_HOP} = @second-hop;`,
    block('location @write', [...UNSENT_GOES_ON, 'proxy_pass http://$berth_write_upstream;']),
    toSecondHop(),
    ...blobLocation(settings.blobs),
    block('location /', ['if ($berth_method = unknown) { return 405; }', 'return 404;']),
  ];
}

function routeLocations(route: GatewayRoute): string[] {
  if (!route.path.endsWith('/*')) return [readLocation(`= ${route.path}`, route.upstream)];
  const folder = route.path.slice(0, -1);
  return [
    readLocation(`= ${folder.slice(0, -1)}`, route.upstream),
    readLocation(`^~ ${folder}`, route.upstream),
  ];
}

/**
 * Reads go to the service at once, and to another copy when one cannot be reached. `proxy_pass` without a URI hands
 * on the path exactly as it came: `%2F`, `..` and double slashes are the service's to judge.
 */
function readLocation(match: string, upstream: string): string {
  return block(`location ${match}`, [
    'if ($berth_malformed) { return 400; }',
    `set $berth_write_upstream ${upstream === UPLOADS_OF ? UPLOADS : upstream};`,
    `if ($berth_method = write) { return ${WRITE}; }`,
    `if ($berth_method = rewrite) { return ${SECOND_HOP}; }`,
    'if ($berth_method = unknown) { return 405; }',
    'proxy_next_upstream error timeout;',
    'proxy_next_upstream_tries 2;',
    `proxy_pass http://${upstream};`,
  ]);
}

/**
 * A write is sent once, never again. One that could not be sent at all, since a copy is not there, goes to another: that nginx sees to for
 * POST and PATCH. A named location keeps the path as it came.
 */
const UNSENT_GOES_ON = ['proxy_next_upstream error;', 'proxy_next_upstream_tries 2;'];

/**
 * PUT and DELETE nginx takes for safe to repeat, even when they were sent. So they go to the gateway itself as a POST, which it never
 * repeats, and from there as what they are.
 */
function toSecondHop(): string {
  return block('location @second-hop', [
    ...FORWARDED_HEADERS,
    'proxy_set_header X-Berth-Method $request_method;',
    'proxy_set_header X-Berth-Upstream $berth_write_upstream;',
    'proxy_method POST;',
    'proxy_next_upstream off;',
    `proxy_pass http://${SECOND_HOP_UPSTREAM};`,
  ]);
}

/**
 * What the second hop does with what the first one sent: headers stay as that one set them. It knows the two methods and the gateway's own
 * services; nobody who finds its port goes anywhere else.
 */
export function secondHop(): string {
  return block('location /', [
    'if ($berth_second_method = "") { return 404; }',
    'if ($berth_second_upstream = "") { return 404; }',
    'proxy_set_header Host $http_host;',
    'proxy_set_header Connection "";',
    'proxy_set_header X-Berth-Method "";',
    'proxy_set_header X-Berth-Upstream "";',
    'proxy_method $berth_second_method;',
    ...UNSENT_GOES_ON,
    'proxy_pass http://$berth_second_upstream;',
  ]);
}

/** `$berth_second_method` and `$berth_second_upstream`, empty for what the second hop does not do. */
export function secondHopMaps({ upstreams }: Pick<GatewaySettings, 'upstreams'>): string[] {
  const only = (names: readonly string[]) => ['default "";', ...names.map((name) => `${name} ${name};`)];
  return [
    block('map $http_x_berth_method $berth_second_method', only(['PUT', 'DELETE'])),
    block('map $http_x_berth_upstream $berth_second_upstream', only([...Object.keys(upstreams), UPLOADS])),
  ];
}

/** Files that a service names by `X-Accel-Redirect`; the service has answered 304 and 416 itself before. */
function blobLocation(blobs: GatewaySettings['blobs']): string[] {
  if (blobs === undefined) return [];
  return [
    block(`location ^~ ${blobs.accelPrefix}`, [
      'internal;',
      `alias ${quotedWithVariables(`${blobs.folder}/`)};`,
      'max_ranges 1;',
      'add_header Docker-Content-Digest $upstream_http_docker_content_digest always;',
      'add_header Docker-Distribution-Api-Version registry/2.0 always;',
      'add_header ETag $upstream_http_etag always;',
      'add_header X-Request-Id $berth_request_id always;',
      'add_header Last-Modified "";',
    ]),
  ];
}

/** What holds for all requests to services. */
export const PROXYING: readonly string[] = [
  'proxy_http_version 1.1;',
  'proxy_request_buffering off;',
  'proxy_buffering off;',
  'proxy_buffer_size 32k;',
  'proxy_buffers 8 32k;',
  'proxy_busy_buffers_size 64k;',
  'proxy_connect_timeout 3s;',
  'proxy_send_timeout 300s;',
  'proxy_read_timeout 300s;',
  'proxy_socket_keepalive on;',
  'proxy_redirect off;',
  ...FORWARDED_HEADERS,
];
