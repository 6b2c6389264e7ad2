import { ServiceError } from '@berth/contracts';

export interface ServerAddresses {
  /** `host:port`, without credentials: fit for logs. */
  readonly hosts: readonly string[];
  readonly user?: string;
  readonly pass?: string;
  readonly tls: boolean;
}

/** Reads `nats://[user:password@]host[:port]`, several separated by commas; `tls://` asks for TLS. */
export function parseServers(servers: string): ServerAddresses {
  const urls = servers
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseServer);
  const [first] = urls;
  if (first === undefined) throw new ServiceError('REQUEST_INVALID', 'no address of a bus was given');
  return {
    hosts: urls.map((url) => `${url.hostname}:${url.port || '4222'}`),
    ...(first.username !== '' && { user: decodeURIComponent(first.username) }),
    ...(first.password !== '' && { pass: decodeURIComponent(first.password) }),
    tls: urls.some((url) => url.protocol === 'tls:'),
  };
}

function parseServer(text: string): URL {
  const url = URL.parse(text.includes('://') ? text : `nats://${text}`);
  if (url === null || url.hostname === '' || !['nats:', 'tls:'].includes(url.protocol)) {
    throw new ServiceError(
      'REQUEST_INVALID',
      `not an address of a bus (nats://host:port): ${text.split('@').at(-1)}`,
    );
  }
  return url;
}
