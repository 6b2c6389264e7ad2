import type { GatewaySettings, HostPort } from './gateway-settings.ts';
import { block } from './nginx-text.ts';

/**
 * Idle connections of a worker. One to a service is kept for much shorter than a service that stops keeps one unused
 * (`start-http-server.ts`), so that none is used just when a copy ends it; a busy service is asked more often than that.
 */
const kept = (timeout: string) => [
  'keepalive 64;',
  'keepalive_requests 1000000;',
  `keepalive_timeout ${timeout};`,
];
const TO_SERVICES = kept('100ms');
const TO_ITSELF = kept('30s');

/**
 * One upstream per service. Writes of distribution-api have their own: requests of one upload go to the copy that has
 * its running hash, as long as that copy lives.
 */
export function upstreamBlocks({ upstreams, status, secondHop }: GatewaySettings): string[] {
  const blocks = Object.entries(upstreams).map(([name, copies]) =>
    block(`upstream ${name}`, [...servers(copies), ...TO_SERVICES]),
  );
  const distribution = upstreams[UPLOADS_OF];
  if (distribution !== undefined)
    blocks.push(
      block(`upstream ${UPLOADS}`, [
        ...(distribution.length > 1 ? ['hash $berth_upload consistent;'] : []),
        ...servers(distribution),
        ...TO_SERVICES,
      ]),
    );
  return [
    ...blocks,
    block(`upstream ${STATUS}`, [`server ${status};`]),
    block(`upstream ${SECOND_HOP}`, [`server ${secondHop};`, ...TO_ITSELF]),
  ];
}

export const UPLOADS_OF = 'distribution-api';
export const UPLOADS = 'distribution-api-uploads';
export const STATUS = 'berth-status';
export const SECOND_HOP = 'berth-second-hop';

/** What an upload is recognised by; anything else is spread by its request id. */
export function uploadMap(): string {
  return block('map $uri $berth_upload', [
    'default $request_id;',
    '"~/blobs/uploads/(?<berth_upload_id>[^/]+)$" $berth_upload_id;',
  ]);
}

/**
 * No copy is ever left alone: one that is not there refuses at once, and what is asked of it goes to another. A request that makes
 * services hang up must not take them all away, nor one restart after the other.
 */
function servers(copies: readonly HostPort[]): string[] {
  return copies.map((address) => `server ${address} max_fails=0;`);
}
