import type { Outbound } from '@berth/outbound';

/** The way out of the platform, as far as webhooks need it. */
export type WebhookOutbound = Pick<Outbound, 'request' | 'checkTarget'>;

/** Whether anybody may pull from a registry; private where that cannot be known. */
export type VisibilityOf = (registryId: string) => Promise<'private' | 'public'>;
