import { isRegistryClientError, RegistryClientError } from './registry-client-error.ts';
import { type Answer, dropBody, headerOf, readBody } from './response-body.ts';
import type { Transport } from './transport.ts';

const MAX_BYTES = 64 * 1024;

/**
 * `GET /v2/` (OCI distribution specification 1.1, "Determining Support"): that a registry answers, by what registries say
 * there, and takes the credentials. RegistryClientError, PROTOCOL when something else answers.
 */
export async function pingRegistry(transport: Transport): Promise<void> {
  const answer = await transport.call({ method: 'GET', url: '/v2/', scopes: [], expected: [200] });
  // Docker's registry API: an OCI registry need not send it.
  if (headerOf(answer, 'docker-distribution-api-version') !== undefined) return await dropBody(answer);
  const asked = `GET ${transport.resolve('/v2/')}`;
  if (await isOfRegistry(answer, asked)) return;
  const kind = headerOf(answer, 'content-type') ?? 'a body that is no JSON';
  throw new RegistryClientError(
    'PROTOCOL',
    `${asked} answered 200 with ${kind}: a registry answers with a JSON object or nothing`,
  );
}

/** Nothing, or a JSON object; a page for people is neither. */
async function isOfRegistry(answer: Answer, asked: string): Promise<boolean> {
  const isPage = headerOf(answer, 'content-type')?.toLowerCase().includes('html') ?? false;
  const text = await readText(answer, asked);
  if (isPage || text === null) return false;
  return text === '' || isJsonObject(text);
}

/** Null where it is larger than any registry's. */
async function readText(answer: Answer, asked: string): Promise<string | null> {
  try {
    return (await readBody(answer, { maxBytes: MAX_BYTES, asked })).toString('utf8').trim();
  } catch (error) {
    if (!isRegistryClientError(error) || error.code !== 'PROTOCOL') throw error;
    return null;
  }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
