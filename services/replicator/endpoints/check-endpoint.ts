import { X509Certificate } from 'node:crypto';
import { ServiceError, type Violation } from '@berth/contracts';
import { compileFilter, GlobError } from '@berth/globs';
import { OutboundError } from '@berth/outbound';
import type { Endpoint } from '../documents/endpoint.ts';
import type { Replicator } from '../ports.ts';

type Checked = Pick<Endpoint, 'url' | 'username' | 'caCertificate' | 'realmHosts' | 'remoteRegistries'>;

/** A name or an address, with a port or without. */
const HOST = /^([\p{L}\p{N}._-]+|\[[\da-f:.]+\])(:\d+)?$/iu;

/** What no schema says of an endpoint. REQUEST_INVALID with the violations. */
export function checkEndpoint(
  { url, username, caCertificate, realmHosts = [], remoteRegistries }: Checked,
  hasSecret: boolean,
): void {
  const violations: Violation[] = [];
  const parsed = URL.parse(url);
  if (parsed !== null && (!/^\/*$/.test(parsed.pathname) || parsed.search !== '' || parsed.hash !== ''))
    violations.push({ path: '/url', message: `must be an origin without a path, not ${url.slice(0, 200)}` });
  if (hasSecret !== (username !== undefined))
    violations.push({ path: '/username', message: 'must be given together with secret' });
  if (caCertificate !== undefined && !isCertificate(caCertificate))
    violations.push({ path: '/caCertificate', message: 'must be an X.509 certificate in PEM' });
  for (const [index, host] of realmHosts.entries())
    if (!isHost(host))
      violations.push({
        path: `/realmHosts/${index}`,
        message: `must be a host or host:port, like "auth.example.com:5001", not "${host}"`,
      });
  violations.push(...globViolations(remoteRegistries));
  if (violations.length === 0) return;
  const text = violations.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new ServiceError('REQUEST_INVALID', `the endpoint is not valid: ${text}`, { detail: { violations } });
}

/** TARGET_REFUSED for a URL that may not be called, as things stand. */
export async function checkTarget(outbound: Replicator['outbound'], url: string): Promise<void> {
  try {
    await outbound.checkTarget(url);
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    throw new ServiceError('TARGET_REFUSED', error.message, { detail: { reason: error.code }, cause: error });
  }
}

function globViolations(match: readonly string[] = []): Violation[] {
  try {
    if (match.length > 0) compileFilter({ match: [...match] });
    return [];
  } catch (error) {
    if (!(error instanceof GlobError)) throw error;
    return [{ path: '/remoteRegistries', message: `must be globs: ${error.message}` }];
  }
}

function isHost(text: string): boolean {
  return HOST.test(text) && URL.canParse(`https://${text}`);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem) !== undefined;
  } catch {
    return false;
  }
}
