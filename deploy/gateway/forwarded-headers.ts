import { block } from './nginx-text.ts';

/**
 * Variables of the http block that say who the client is: what a trusted peer forwards, else the connection itself.
 * Nothing that an untrusted client sends in such a header reaches a service.
 */
export function forwardedMaps(trustedProxies: readonly string[]): string[] {
  return [
    block('geo $berth_peer', ['default client;', ...trustedProxies.map((cidr) => `${cidr} proxy;`)]),
    block('map $berth_peer $berth_forwarded_for', [
      'default $remote_addr;',
      'proxy $proxy_add_x_forwarded_for;',
    ]),
    block('map "$berth_peer $http_x_forwarded_proto" $berth_forwarded_proto', [
      'default $scheme;',
      '"~^proxy (?<berth_proto>https?)$" $berth_proto;',
    ]),
    block('map $http_host $berth_host_header', [
      'default "";',
      '"~^(?<berth_short_host>.{1,255})$" $berth_short_host;',
    ]),
    block('map "$berth_peer $http_x_forwarded_host" $berth_forwarded_host', [
      'default $berth_host_header;',
      String.raw`"~^proxy (?<berth_host>[A-Za-z0-9._:\[\]-]+)$" $berth_host;`,
    ]),
    block('map "$berth_peer $http_x_request_id" $berth_request_id', [
      'default $request_id;',
      '"~^proxy (?<berth_given_id>[A-Za-z0-9._-]{1,64})$" $berth_given_id;',
    ]),
  ];
}

/** Directives for every request to a service. */
export const FORWARDED_HEADERS: readonly string[] = [
  'proxy_set_header Host $http_host;',
  'proxy_set_header Connection "";',
  'proxy_set_header X-Forwarded-For $berth_forwarded_for;',
  'proxy_set_header X-Forwarded-Proto $berth_forwarded_proto;',
  'proxy_set_header X-Forwarded-Host $berth_forwarded_host;',
  'proxy_set_header X-Request-Id $berth_request_id;',
  'proxy_set_header Forwarded "";',
  'proxy_set_header X-Forwarded-Port "";',
  'proxy_set_header X-Forwarded-Prefix "";',
  'proxy_set_header X-Forwarded-Server "";',
  'proxy_set_header X-Real-IP "";',
  'proxy_set_header Proxy "";',
];
