import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

export interface SignedMessage {
  /** Of the event; the same in each attempt. */
  readonly id: string;
  /** Epoch seconds, of the attempt. */
  readonly timestamp: number;
  readonly body: string;
}

/** The value of `webhook-signature` (Standard Webhooks, "symmetric signature schemes"). */
export function signature(secret: string, { id, timestamp, body }: SignedMessage): string {
  const mac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`);
  return `v1,${mac.digest('base64')}`;
}

/** `whsec_` and base64 stands for those bytes; any other text for itself. */
function keyOf(secret: string): Buffer {
  return secret.startsWith(PREFIX)
    ? Buffer.from(secret.slice(PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8');
}

/** Null for a secret that can sign, else the rule that it breaks. */
export function secretProblem(secret: string): string | null {
  if (!secret.startsWith(PREFIX)) return null;
  const text = secret.slice(PREFIX.length);
  const bytes = Buffer.from(text, 'base64');
  const isBase64 = bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  const isLong = bytes.byteLength >= 24 && bytes.byteLength <= 64;
  return isBase64 && isLong ? null : `after ${PREFIX} it must be 24 to 64 bytes in base64`;
}
