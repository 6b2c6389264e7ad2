import { X509Certificate } from 'node:crypto';
import { ServiceError, type Violation, type WebhookPatch } from '@berth/contracts';
import { compileGlob, GlobError } from '@berth/globs';
import { OutboundError } from '@berth/outbound';
import type { WebhookOutbound } from '../ports.ts';
import { secretProblem } from '../sending/sign.ts';

type Checked = Pick<WebhookPatch, 'images' | 'caCertificate' | 'secret' | 'authorization'>;

/** What no schema says of settings. GLOB_INVALID; REQUEST_INVALID with the violations, which never show a secret. */
export function checkSettings({ images = [], caCertificate, secret, authorization }: Checked): void {
  for (const pattern of images) checkPattern(pattern);
  const violations: Violation[] = [];
  const secretRule = secret === undefined ? null : secretProblem(secret);
  if (secretRule !== null) violations.push({ path: '/secret', message: secretRule });
  if (authorization !== undefined && !/^[\x20-\x7e]+$/.test(authorization))
    violations.push({ path: '/authorization', message: 'must be printable ASCII, as a header can hold it' });
  if (caCertificate !== undefined && !areCertificates(caCertificate))
    violations.push({ path: '/caCertificate', message: 'must be one or more X.509 certificates in PEM' });
  if (violations.length === 0) return;
  const text = violations.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new ServiceError('REQUEST_INVALID', `the webhook is not valid: ${text}`, { detail: { violations } });
}

/** TARGET_REFUSED for a URL that webhooks may not be sent to, as things stand. */
export async function checkTarget(outbound: WebhookOutbound, url: string): Promise<void> {
  try {
    await outbound.checkTarget(url);
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    throw new ServiceError('TARGET_REFUSED', error.message, { detail: { reason: error.code }, cause: error });
  }
}

function checkPattern(pattern: string): void {
  try {
    compileGlob(pattern);
  } catch (error) {
    if (!(error instanceof GlobError)) throw error;
    throw new ServiceError('GLOB_INVALID', error.message, { detail: { pattern }, cause: error });
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function areCertificates(pem: string): boolean {
  const blocks = pem.match(CERTIFICATE) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block)).length > 0;
  } catch {
    return false;
  }
}
