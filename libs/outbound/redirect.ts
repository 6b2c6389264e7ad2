import { OutboundError } from './outbound-error.ts';
import { parseTarget } from './target-url.ts';

const REPEATING = [307, 308];
const REDIRECTS = [301, 302, 303, ...REPEATING];

/** What one request of a chain asks. */
export interface Step {
  readonly url: URL;
  readonly method: string;
  readonly body: Uint8Array | null;
}

/**
 * Where an answer sends on to, null when it does not. Only the same origin is followed, or from http to https of the same
 * name on their usual ports: credentials and content are for the host that they were given for. 301, 302 and 303 make
 * another method than GET or HEAD a GET without a body (WHATWG Fetch, "HTTP-redirect fetch").
 * @throws OutboundError REDIRECT_REFUSED naming the other host
 */
export function nextStep(step: Step, status: number, location: string | undefined): Step | null {
  if (!REDIRECTS.includes(status) || location === undefined) return null;
  const next = URL.parse(location, step.url.href);
  if (next === null) {
    throw new OutboundError('REDIRECT_REFUSED', `${step.url.host} redirects to what is no URL`);
  }
  if (next.origin !== step.url.origin && !isUpgrade(step.url, next)) {
    throw new OutboundError(
      'REDIRECT_REFUSED',
      `${step.url.origin} redirects to ${next.origin}: only redirects to the same host are followed`,
    );
  }
  const isRepeated = REPEATING.includes(status) || step.method === 'GET' || step.method === 'HEAD';
  return isRepeated
    ? { ...step, url: parseTarget(next) }
    : { method: 'GET', body: null, url: parseTarget(next) };
}

function isUpgrade(from: URL, to: URL): boolean {
  return (
    from.protocol === 'http:' &&
    to.protocol === 'https:' &&
    from.hostname === to.hostname &&
    from.port === '' &&
    to.port === ''
  );
}
