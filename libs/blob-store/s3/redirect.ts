import type { S3Place } from './s3-url.ts';

/** BERTH_STORAGE_REDIRECT. */
export type RedirectPolicy = 'auto' | 'always' | 'never';

/** Can clients reach the bucket at all, as far as the settings tell? */
export function canRedirect(policy: RedirectPolicy, place: S3Place): boolean {
  if (policy !== 'auto') return policy === 'always';
  return place.endpoint === undefined || place.publicEndpoint !== undefined;
}

/**
 * Whether clients would send the credentials that they have for the registry along to S3: they do to the same host,
 * whatever its port, and to its subdomains. Not knowing the registry's host counts as yes.
 */
export function wouldLeakCredentials(url: string, registryHost: string | undefined): boolean {
  const target = new URL(url).hostname;
  return registryHost === undefined || target === registryHost || target.endsWith(`.${registryHost}`);
}
