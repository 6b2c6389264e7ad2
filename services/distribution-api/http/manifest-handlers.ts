import { deleteManifest, deleteTag, getManifest, MAX_MANIFEST_BYTES, putManifest } from '@berth/contracts';
import { readBody, sendEmpty } from '@berth/http';
import { OciError, parseDigest } from '@berth/oci';
import type { Distribution } from '../distribution.ts';
import { entityTag, isKnown } from './entity-tag.ts';
import {
  isService,
  originOf,
  type RegistryExchange,
  type RegistryHandler,
  repositoryOf,
} from './exchange.ts';
import { API_VERSION } from './oci-errors.ts';
import type { PulledBlobs } from './pulled-blobs.ts';
import { pulledEvent } from './pulled-event.ts';

const TAGS_AT_MOST = 100;

/** `/v2/{name}/manifests/{reference}` (end-3, end-7, end-9). */
export function manifestHandlers(
  distribution: Distribution,
  { pulledBlobs }: { readonly pulledBlobs: PulledBlobs },
) {
  const { bus } = distribution;

  return {
    async manifestGet(exchange) {
      const { request, response, params } = exchange;
      const { name = '', reference = '' } = params;
      const isAskedAgain = request.headers['if-none-match'] !== undefined;
      const asking = isAskedAgain ? null : pulledBlobs.ask(name, reference);
      const found = await bus.call(
        getManifest,
        { ...wanted(exchange), purpose: purposeOf(exchange, 'get'), ...(asking && { withBlobs: true }) },
        exchange,
      );
      if (found.blobs) asking?.keep(found.blobs);
      const headers = manifestHeaders(found);
      if (isKnown(request.headers['if-none-match'], found.digest)) return sendEmpty(response, 304, headers);
      response.writeHead(200, { ...headers, 'Content-Length': found.sizeBytes });
      response.end(found.bytes);
      if (!isService(exchange)) bus.publishAndForget(pulledEvent(distribution, exchange, found));
    },
    async manifestHead(exchange) {
      const found = await bus.call(
        getManifest,
        { ...wanted(exchange), purpose: purposeOf(exchange, 'head') },
        exchange,
      );
      const { request, response } = exchange;
      const headers = manifestHeaders(found);
      if (isKnown(request.headers['if-none-match'], found.digest)) return sendEmpty(response, 304, headers);
      response.writeHead(200, { ...headers, 'Content-Length': found.sizeBytes }).end();
    },
    async manifestPut(exchange) {
      const { request, response, params, query } = exchange;
      const repository = repositoryOf(exchange);
      const bytes = await readBody(request, { maxBytes: MAX_MANIFEST_BYTES });
      const pushed = await bus.call(
        putManifest,
        {
          repository,
          reference: params.reference ?? '',
          tags: tagsOf(query),
          mediaType: (request.headers['content-type'] ?? '').slice(0, 255),
          bytes,
          ...originOf(exchange),
        },
        exchange,
      );
      for (const tag of query.has('tag') ? pushed.tags : []) response.appendHeader('OCI-Tag', tag);
      sendEmpty(response, 201, {
        ...API_VERSION,
        Location: `/v2/${params.name}/manifests/${pushed.digest}`,
        'Docker-Content-Digest': pushed.digest,
        ...(pushed.subject === undefined ? {} : { 'OCI-Subject': pushed.subject }),
      });
    },
    async manifestDelete(exchange) {
      const { repository, reference } = wanted(exchange);
      const change = { repository, ...originOf(exchange) };
      if (reference.includes(':')) {
        const { digest } = parseDigest(reference);
        await bus.call(deleteManifest, { ...change, digest }, exchange);
        return sendEmpty(exchange.response, 202, { ...API_VERSION, 'Docker-Content-Digest': digest });
      }
      await bus.call(deleteTag, { ...change, tag: reference }, exchange);
      sendEmpty(exchange.response, 202, API_VERSION);
    },
  } satisfies Record<string, RegistryHandler>;
}

/** What a service reads was pulled by nobody. */
function purposeOf(exchange: RegistryExchange, purpose: 'get' | 'head') {
  return isService(exchange) ? 'silent' : purpose;
}

function wanted(exchange: RegistryExchange) {
  const reference = exchange.params.reference ?? '';
  if (reference.includes(':')) parseDigest(reference);
  return { repository: repositoryOf(exchange), reference };
}

function tagsOf(query: URLSearchParams): string[] {
  const tags = query.getAll('tag');
  if (tags.length <= TAGS_AT_MOST) return tags;
  throw new OciError('MANIFEST_INVALID', {
    message: `${tags.length} tag parameters; ${TAGS_AT_MOST} at most`,
  });
}

function manifestHeaders({ digest, mediaType }: { digest: string; mediaType: string }) {
  return {
    ...API_VERSION,
    'Content-Type': mediaType,
    'Docker-Content-Digest': digest,
    ETag: entityTag(digest),
  };
}
