import { basic } from '../support/berth-product.ts';
import type { E2eTarget } from '../support/e2e-target.ts';

/**
 * Restores an artifact from the recycle bin, as often as it takes for an answer. Returns the tags that it has again; null when
 * its time was over.
 */
export async function restoreDeleted(
  { host, username, password }: Pick<E2eTarget, 'host' | 'username' | 'password'>,
  repository: string,
  digest: string,
): Promise<readonly string[] | null> {
  const [registry = '', ...image] = repository.split('/');
  const base = `http://${host}/api/v1/registries/${registry}/images/${image.join('~')}`;
  const headers = { authorization: basic(username, password) };
  for (let attempt = 0; ; attempt++) {
    const answer = await fetch(`${base}/deleted/${digest}/restore`, { method: 'POST', headers });
    const body = (await answer.json()) as { readonly tags: readonly string[] };
    if (answer.status === 503 && attempt < 5) continue;
    if (answer.ok) return body.tags;
    if (answer.status === 404 && attempt > 0) {
      // The try before may have done it.
      const found = await fetch(`${base}/artifacts/${digest}`, { headers });
      if (found.ok) return ((await found.json()) as { readonly tags: readonly string[] }).tags;
    }
    if (answer.status === 404 || answer.status === 409) return null;
    throw new Error(`${answer.status} ${JSON.stringify(body)}`);
  }
}
