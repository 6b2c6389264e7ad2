import { isAtLeast } from '../tools/version.ts';
import { forwardedMaps } from './forwarded-headers.ts';
import { errorPages, errorStyleMap } from './gateway-errors.ts';
import type { GatewaySettings } from './gateway-settings.ts';
import { locations, PROXYING, secondHop, secondHopMaps } from './locations.ts';
import { block, quoted } from './nginx-text.ts';
import { uploadMap, upstreamBlocks } from './upstream-blocks.ts';

/**
 * The whole configuration of the gateway. Started with `nginx -p <runFolder> -c <file>` it stays in the foreground,
 * logs to standard error and writes nowhere but into its run folder.
 */
export function nginxConf(settings: GatewaySettings): string {
  const connections = Math.min(8192, Math.floor(settings.maxOpenFiles / 2));
  return [
    '# Written by deploy/gateway/nginx-conf.ts at every start: changes here are lost.',
    ...(settings.user === undefined ? [] : [`user ${settings.user};`]),
    'daemon off;',
    'worker_processes auto;',
    `worker_rlimit_nofile ${settings.maxOpenFiles};`,
    'pcre_jit on;',
    `pid ${quoted(`${settings.runFolder}/nginx.pid`)};`,
    'error_log stderr warn;',
    block('events', [`worker_connections ${connections};`]),
    block('http', [
      ...temporaryFolders(settings.runFolder),
      ...GENERAL,
      ...TIMEOUTS,
      ...LIMITS,
      'geo $berth_dollar { default "$"; }',
      errorStyleMap(),
      ...forwardedMaps(settings.trustedProxies),
      METHODS,
      MALFORMED,
      uploadMap(),
      ...secondHopMaps(settings),
      ...upstreamBlocks(settings),
      ...PROXYING,
      block('server', server(settings)),
      block('server', [`listen ${settings.secondHop};`, ...errorPages(), secondHop()]),
    ]),
    '',
  ].join('\n');
}

function server(settings: GatewaySettings): string[] {
  return [...listen(settings), 'server_name _;', ...errorPages(), ...locations(settings)];
}

function listen({ listen: { host, port }, tls, nginxVersion }: GatewaySettings): string[] {
  const address = `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
  if (tls === undefined) return [`listen ${address} backlog=1024;`];
  const isOwnDirective = isAtLeast(nginxVersion, '1.25.1');
  return [
    `listen ${address} ssl${isOwnDirective ? '' : ' http2'} backlog=1024;`,
    ...(isOwnDirective ? ['http2 on;'] : []),
    `ssl_certificate ${quoted(tls.certificateFile)};`,
    `ssl_certificate_key ${quoted(tls.keyFile)};`,
    'ssl_protocols TLSv1.2 TLSv1.3;',
    'ssl_session_cache shared:berth:10m;',
    'ssl_session_timeout 1h;',
    'ssl_session_tickets off;',
    'ssl_buffer_size 16k;',
    'http2_body_preread_size 256k;',
  ];
}

function temporaryFolders(runFolder: string): string[] {
  const folder = (name: string) => quoted(`${runFolder}/tmp/${name}`);
  return [
    `client_body_temp_path ${folder('body')};`,
    ...['proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder(name)};`),
  ];
}

const GENERAL = [
  'default_type application/octet-stream;',
  'types { }',
  'access_log off;',
  'log_not_found off;',
  'server_tokens off;',
  'gzip off;',
  'etag off;',
  'if_modified_since off;',
  'absolute_redirect off;',
  'merge_slashes off;',
  'recursive_error_pages on;',
  'sendfile on;',
  'tcp_nopush on;',
  'tcp_nodelay on;',
];

/** Short for headers (slow clients cost a connection only), long between two pieces of a body, without end over all. */
const TIMEOUTS = [
  'client_header_timeout 15s;',
  'client_body_timeout 75s;',
  'send_timeout 75s;',
  'keepalive_timeout 75s;',
  'keepalive_requests 1000000;',
  'reset_timedout_connection on;',
];

/** The services accept headers up to 32 KiB: all that passes here, and what is added. */
const LIMITS = [
  'client_max_body_size 0;',
  'client_body_buffer_size 256k;',
  'client_header_buffer_size 2k;',
  'large_client_header_buffers 2 14k;',
];

const METHODS = block('map $request_method $berth_method', [
  'default unknown;',
  'GET read;',
  'HEAD read;',
  'OPTIONS read;',
  'POST write;',
  'PUT rewrite;',
  'PATCH write;',
  'DELETE rewrite;',
]);

/** Bytes that no URI holds: the services would not read such a request at all. */
const MALFORMED = block('map $request_uri $berth_malformed', ['default 0;', '"~[^\\x21-\\x7e]" 1;']);
