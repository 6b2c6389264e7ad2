import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ByteRange } from '@berth/blob-store';
import { deleteBlob, statBlob } from '@berth/contracts';
import { HttpError, sendEmpty } from '@berth/http';
import type { Distribution } from '../distribution.ts';
import { parseRange } from './byte-range.ts';
import { entityTag, isKnown } from './entity-tag.ts';
import {
  actorOf,
  digestOfPath,
  isPusher,
  isService,
  type RegistryExchange,
  type RegistryHandler,
  repositoryOf,
} from './exchange.ts';
import { isGone } from './is-gone.ts';
import { API_VERSION } from './oci-errors.ts';
import type { PulledBlobs } from './pulled-blobs.ts';

export interface BlobHandlerOptions {
  /** `https://berth.example.com`, as the client sees it. */
  readonly originOf: (request: IncomingMessage) => string;
  readonly pulledBlobs: PulledBlobs;
}

/** `/v2/{name}/blobs/{digest}` (end-2, end-10). */
export function blobHandlers(
  { bus, blobs, logger }: Distribution,
  { originOf, pulledBlobs }: BlobHandlerOptions,
) {
  return {
    async blobGet(exchange) {
      const { request, response } = exchange;
      const known = pulledBlobs.find(exchange.params.name ?? '', exchange.params.digest ?? '');
      const { digest, sizeBytes, key } = known ?? (await stat(exchange, { touch: false }));
      const headers = blobHeaders(digest);
      if (isKnown(request.headers['if-none-match'], digest)) return sendEmpty(response, 304, headers);
      const range = parseRange(request.headers.range, sizeBytes);
      const small = await readSmall(key, sizeBytes);
      if (small.bytes) {
        writeBlobHead(response, { headers, sizeBytes, range });
        return void response.end(range ? small.bytes.subarray(range.start, range.end + 1) : small.bytes);
      }
      // A service asks without the gateway, and may not see where clients are sent.
      const location = isService(exchange)
        ? null
        : await blobs.locate(key, { method: 'GET', registryHost: hostOf(request) });
      if (small.failure && location === null) throw small.failure; // else the client may fare better there
      if (location?.kind === 'accel')
        return sendEmpty(response, 200, { ...headers, 'X-Accel-Redirect': location.path });
      if (location?.kind === 'redirect')
        return sendEmpty(response, 307, { ...headers, Location: location.url });
      const bytes = sizeBytes === 0 ? null : await blobs.read(key, range ?? { start: 0, end: sizeBytes - 1 });
      writeBlobHead(response, { headers, sizeBytes, range });
      if (bytes === null) return void response.end();
      await pipeline(bytes, response).catch((error: unknown) => {
        if (!isGone(error)) throw error;
      });
    },
    async blobHead(exchange) {
      const { request, response } = exchange;
      // A pusher relies on the answer; whoever reads relies on nothing, and must not have to write for it.
      const { digest, sizeBytes } = await stat(exchange, { touch: isPusher(exchange) });
      const headers = blobHeaders(digest);
      if (isKnown(request.headers['if-none-match'], digest)) return sendEmpty(response, 304, headers);
      response.writeHead(200, { ...headers, ...RANGES, 'Content-Length': sizeBytes }).end();
    },
    async blobDelete(exchange) {
      const repository = repositoryOf(exchange);
      const digest = digestOfPath(exchange);
      await bus.call(deleteBlob, { repository, digest, actor: actorOf(exchange) }, exchange);
      pulledBlobs.forget(); // the other copies hear of it
      sendEmpty(exchange.response, 202, { ...API_VERSION, 'Docker-Content-Digest': digest });
    },
  } satisfies Record<string, RegistryHandler>;

  async function readSmall(
    key: string,
    sizeBytes: number,
  ): Promise<{ readonly bytes?: Uint8Array | null; readonly failure?: unknown }> {
    try {
      return { bytes: await blobs.readSmall(key, sizeBytes) };
    } catch (failure) {
      logger.warn('a small blob cannot be read', { key, error: failure });
      return { failure };
    }
  }

  /** Undefined for a `Host` that is none: then nobody is sent elsewhere. */
  function hostOf(request: IncomingMessage): string | undefined {
    try {
      return new URL(originOf(request)).hostname;
    } catch (error) {
      if (error instanceof HttpError) return undefined;
      throw error;
    }
  }

  function stat(exchange: RegistryExchange, { touch }: { readonly touch: boolean }) {
    const request = {
      repository: repositoryOf(exchange),
      digest: digestOfPath(exchange),
      touch,
    };
    return bus.call(statBlob, request, exchange);
  }
}

interface BlobHead {
  readonly headers: OutgoingHttpHeaders;
  readonly sizeBytes: number;
  readonly range: ByteRange | null;
}

function writeBlobHead(response: ServerResponse, { headers, sizeBytes, range }: BlobHead): void {
  const { start, end } = range ?? { start: 0, end: sizeBytes - 1 };
  response.writeHead(range ? 206 : 200, {
    ...headers,
    ...RANGES,
    'Content-Length': end - start + 1,
    ...(range && { 'Content-Range': `bytes ${start}-${end}/${sizeBytes}` }),
  });
}

/** Where nginx sends the file, it says so itself. */
const RANGES = { 'Accept-Ranges': 'bytes' } as const;

function blobHeaders(digest: string) {
  return {
    ...API_VERSION,
    'Content-Type': 'application/octet-stream',
    'Docker-Content-Digest': digest,
    ETag: entityTag(digest),
  };
}
