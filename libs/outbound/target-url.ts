import { OutboundError } from './outbound-error.ts';

const MAX_URL_LENGTH = 8_192;

/**
 * The URL of a target: http or https, at most 8,192 characters, no credentials in it (they would end in logs).
 * @throws OutboundError INVALID_URL
 */
export function parseTarget(text: string | URL): URL {
  const url = typeof text === 'string' ? URL.parse(text) : text;
  if (url === null || url.href.length > MAX_URL_LENGTH) {
    const shown = String(text).slice(0, 100);
    throw new OutboundError(
      'INVALID_URL',
      `"${shown}" is no absolute URL of at most ${MAX_URL_LENGTH} characters`,
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new OutboundError('INVALID_URL', `a target is an http or https URL, not ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new OutboundError(
      'INVALID_URL',
      `the URL of ${url.host} holds credentials: give them apart from it`,
    );
  }
  return url;
}

/** The host of a URL as resolvers and sockets take it: IPv6 without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}
