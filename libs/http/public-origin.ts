import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { HttpError } from './http-error.ts';
import { peerAddress, type TrustedProxies } from './trusted-proxies.ts';

export interface OriginOptions {
  /** BERTH_PUBLIC_URL: `https://berth.example.com`, without a path. */
  readonly publicUrl?: string | undefined;
  readonly proxies: TrustedProxies;
}

const HOST = /^(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/**
 * Tells the origin that a client sees, such as `https://berth.example.com:5000`: BERTH_PUBLIC_URL, else the forwarded
 * host and protocol from a trusted proxy, else the request's own `Host`.
 *
 * @throws TypeError for a public URL with a path; the function that comes back: HttpError HOST_INVALID
 */
export function publicOrigin({ publicUrl, proxies }: OriginOptions): (request: IncomingMessage) => string {
  if (publicUrl !== undefined) {
    const { protocol, origin, pathname, search } = new URL(publicUrl);
    if (!/^https?:$/.test(protocol) || pathname !== '/' || search !== '')
      throw new TypeError(`"${publicUrl}" must be an http or https URL without a path`);
    return () => origin;
  }
  return (request) => {
    const isTrusted = proxies.includes(peerAddress(request));
    const protocol = (isTrusted && last(request.headers['x-forwarded-proto'])) || ownProtocol(request);
    const host = (isTrusted && last(request.headers['x-forwarded-host'])) || request.headers.host || '';
    if (!HOST.test(host) || !/^https?$/.test(protocol))
      throw new HttpError(
        400,
        'HOST_INVALID',
        `"${host.slice(0, 200)}" is not a host name with an optional port`,
      );
    return `${protocol}://${host}`;
  };
}

/** The entry of the nearest proxy: the only one that is sure to come from it. */
function last(header: string | string[] | undefined): string {
  return String(header ?? '')
    .split(',')
    .at(-1)
    ?.trim() as string;
}

function ownProtocol(request: IncomingMessage): string {
  return (request.socket as TLSSocket).encrypted ? 'https' : 'http';
}
