import type { Digest } from '@berth/oci';
import { nextLink } from './link-header.ts';
import { isRegistryClientError, RegistryClientError } from './registry-client-error.ts';
import { checkReference, repositoryPath } from './repository-path.ts';
import { readJson } from './response-body.ts';
import { CATALOG_SCOPE, repositoryScope } from './scope.ts';
import { type Transport, withoutQuery } from './transport.ts';

/** A referrer as the registry describes it (OCI image specification, descriptor.md). */
export interface Referrer {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface PageOptions {
  /** Names per request; the registry's own when left out. */
  readonly pageSize?: number;
  /** Begin after this name. */
  readonly last?: string;
}

/** Lists, asked for page by page as they are read; a loop that is left early asks for no further page. */
export interface ListingClient {
  /** RegistryClientError REFUSED (404) for a repository that does not exist. */
  tags(repository: string, options?: PageOptions): AsyncGenerator<string>;
  catalog(options?: PageOptions): AsyncGenerator<string>;
  /**
   * Manifests whose subject is `digest`; also from the tag `<algorithm>-<hex>` where the registry has no referrers API. The
   * filter holds whether or not the registry applied it.
   */
  referrers(
    repository: string,
    digest: Digest,
    options?: { readonly artifactType?: string },
  ): AsyncGenerator<Referrer>;
}

const MAX_PAGE_BYTES = 32 * 1024 * 1024;

export function createListingClient(transport: Transport): ListingClient {
  return {
    tags: (repository, options) =>
      items<string>(transport, {
        first: repositoryPath(repository, `tags/list${queryOf(options)}`),
        field: 'tags',
        scope: repositoryScope(repository, 'pull'),
      }),

    catalog: (options) =>
      items<string>(transport, {
        first: `/v2/_catalog${queryOf(options)}`,
        field: 'repositories',
        scope: CATALOG_SCOPE,
      }),

    async *referrers(repository, digest, { artifactType } = {}) {
      const scope = repositoryScope(repository, 'pull');
      const query = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
      const first = repositoryPath(repository, `referrers/${checkReference(digest)}${query}`);
      const fallback = repositoryPath(repository, `manifests/${digest.replace(':', '-')}`);
      const listed = orElse(items<Referrer>(transport, { first, field: 'manifests', scope }), () =>
        orElse(items<Referrer>(transport, { first: fallback, field: 'manifests', scope }), nothing),
      );
      for await (const referrer of listed) {
        if (artifactType === undefined || referrer.artifactType === artifactType) {
          yield referrer;
        }
      }
    },
  };
}

interface List {
  readonly first: string;
  readonly field: string;
  readonly scope: string;
}

/** The entries of a list, following `Link: …; rel="next"`. */
async function* items<T>(transport: Transport, { first, field, scope }: List): AsyncGenerator<T> {
  const visited = new Set<string>();
  let url: URL | null = transport.resolve(first);
  while (url !== null) {
    visited.add(url.href);
    const answer = await transport.call({
      method: 'GET',
      url,
      scopes: [scope],
      headers: { accept: 'application/json, application/vnd.oci.image.index.v1+json' },
      expected: [200],
    });
    const next = nextLink(answer.headers.link);
    const page = (await readJson(answer, {
      maxBytes: MAX_PAGE_BYTES,
      asked: `GET ${withoutQuery(url)}`,
    })) as Record<string, unknown> | null;
    const entries = page?.[field] ?? [];
    if (!Array.isArray(entries)) {
      throw new RegistryClientError('PROTOCOL', `${withoutQuery(url)} answered without a list of ${field}`);
    }
    yield* entries as T[];
    url = next === null ? null : follow(transport, url, next, visited);
  }
}

/** The next page, at the same registry and another URL: anything else would never end, or leak a token. */
function follow(transport: Transport, from: URL, link: string, visited: Set<string>): URL {
  const next = URL.parse(link, from.href);
  if (next === null || next.origin !== transport.resolve('/').origin || visited.has(next.href)) {
    throw new RegistryClientError(
      'PROTOCOL',
      `${withoutQuery(from)} names a next page that is none: ${link.slice(0, 200)}`,
    );
  }
  return next;
}

/** The first list, or the other when the registry answers 404 to it. */
async function* orElse<T>(list: AsyncGenerator<T>, other: () => AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield* list;
  } catch (error) {
    if (!isRegistryClientError(error, 404)) {
      throw error;
    }
    yield* other();
  }
}

async function* nothing(): AsyncGenerator<never> {}

function queryOf({ pageSize, last }: PageOptions = {}): string {
  const query = new URLSearchParams({
    ...(pageSize === undefined ? {} : { n: String(pageSize) }),
    ...(last === undefined ? {} : { last }),
  });
  return query.size === 0 ? '' : `?${query}`;
}
