import { UsageError } from './usage-error.ts';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * `berth.example.com` → `https://berth.example.com`, `localhost:5000` → `http://localhost:5000`; a whole origin as it is.
 *
 * @throws UsageError for anything with a path, a query or credentials
 */
export function parseOrigin(text: string): string {
  const url = parse(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search + url.hash !== '')
    throw new UsageError(`"${text}" is not an origin such as https://berth.example.com or localhost:5000`);
  if (url.username !== '' || url.password !== '')
    throw new UsageError('an origin holds no user name and no password: use -u and --password-stdin');
  const isBare = !/^https?:/i.test(text);
  return isBare && LOOPBACK.test(url.hostname) ? url.origin.replace('https:', 'http:') : url.origin;
}

/** Whether what is sent there can be read on the way. */
export function isInsecure(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'http:' && !LOOPBACK.test(hostname);
}

function parse(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
