import { getUpload, startUpload } from '@berth/contracts';
import { sendEmpty } from '@berth/http';
import { algorithmOf, isDigestAlgorithm, OciError, parseDigest, parseRepositoryName } from '@berth/oci';
import type { Distribution } from '../distribution.ts';
import { appendUpload, recordSession } from '../uploads/append-upload.ts';
import { completeUpload } from '../uploads/complete-upload.ts';
import { discardUpload } from '../uploads/discard-upload.ts';
import { beginHashes } from '../uploads/running-hashes.ts';
import type { UploadRef } from '../uploads/upload-ref.ts';
import { parseContentRange } from './byte-range.ts';
import { actorOf, type RegistryExchange, type RegistryHandler, repositoryOf } from './exchange.ts';
import { API_VERSION, uploadRange } from './oci-errors.ts';

/** `POST …/blobs/uploads/` and what follows on it (end-4 to end-6, end-11, end-13, end-14). */
export function uploadHandlers(distribution: Distribution) {
  const { bus, sessions } = distribution;

  return {
    async uploadStart(exchange) {
      const { query, response } = exchange;
      const repository = repositoryOf(exchange);
      const mount = query.get('mount');
      const digest = query.get('digest');
      if (digest !== null) parseDigest(digest);
      const answer = await bus.call(
        startUpload,
        {
          repository,
          actor: actorOf(exchange),
          ...(mount !== null && { mount: await mountOf(exchange, mount) }),
        },
        exchange,
      );
      if (answer.mounted) return sendCreated(exchange, answer.mounted.digest);
      const { uploadId, key, version } = answer.upload ?? { uploadId: '', key: '', version: 0 };
      const wanted = digest === null ? query.get('digest-algorithm') : algorithmOf(digest);
      const hashes = beginHashes(wanted !== null && isDigestAlgorithm(wanted) ? [wanted] : []);
      const ref = { repository, uploadId, actorId: exchange.identity.principal.id };
      sessions.put({ ref, version, key, hashes, sizeBytes: 0, driverState: undefined, isBegun: false });
      if (digest === null) {
        sendEmpty(response, 202, uploadHeaders(exchange, uploadId, 0));
        return;
      }
      await completeUpload(inRequest(distribution, exchange), {
        ref,
        body: exchange.request,
        digest,
        hasBody: true,
      });
      sendCreated(exchange, digest);
    },
    async uploadStatus(exchange) {
      const { sizeBytes } = await bus.call(getUpload, refOf(exchange), exchange);
      sendEmpty(exchange.response, 204, uploadHeaders(exchange, exchange.params.upload ?? '', sizeBytes));
    },
    async uploadAppend(exchange) {
      const ref = refOf(exchange);
      const expectedOffsetBytes = offsetOf(exchange);
      const own = inRequest(distribution, exchange);
      const session = await appendUpload(own, { ref, body: exchange.request, expectedOffsetBytes });
      await recordSession(own, ref, session);
      sendEmpty(exchange.response, 202, uploadHeaders(exchange, ref.uploadId, session.sizeBytes));
    },
    async uploadComplete(exchange) {
      const text = exchange.query.get('digest');
      if (text === null)
        throw new OciError('DIGEST_INVALID', { message: 'the query needs digest=<digest of the blob>' });
      const { digest } = parseDigest(text);
      const { request } = exchange;
      const hasBody =
        request.headers['transfer-encoding'] !== undefined ||
        Number(request.headers['content-length'] ?? 0) > 0;
      const expectedOffsetBytes = hasBody ? offsetOf(exchange) : undefined;
      await completeUpload(inRequest(distribution, exchange), {
        ref: refOf(exchange),
        body: request,
        digest,
        hasBody,
        expectedOffsetBytes,
      });
      sendCreated(exchange, digest);
    },
    async uploadCancel(exchange) {
      await discardUpload(inRequest(distribution, exchange), refOf(exchange));
      sendEmpty(exchange.response, 204, API_VERSION);
    },
  } satisfies Record<string, RegistryHandler>;
}

/** The same, its calls carrying the id of this request into the logs of those that they reach. */
function inRequest(distribution: Distribution, { requestId }: RegistryExchange): Distribution {
  const { bus } = distribution;
  const call: Distribution['bus']['call'] = (method, request, options) =>
    bus.call(method, request, { requestId, ...options });
  return { ...distribution, bus: { ...bus, call } };
}

/**
 * Where a blob may be mounted from: `from` if the caller may pull there. Roles are held for whole registries, so who
 * may pull here may pull from every image of this registry (docs/decisions/0003-mounts-within-a-registry.md).
 */
async function mountOf(exchange: RegistryExchange, digest: string) {
  const { identity, query, params } = exchange;
  const from = query.get('from');
  const isOther = from !== null && from.split('/', 1)[0] !== params.name?.split('/', 1)[0];
  const mayPull = from !== null && isOther && (await identity.canPull(from).catch(() => false));
  const isRegistryWide = !isOther && (await identity.canPull(params.name ?? ''));
  return {
    digest: parseDigest(digest).digest,
    candidates: mayPull ? sourcesOf(from) : [],
    isRegistryWide,
  };
}

/** What is no name names nothing to mount from. */
function sourcesOf(from: string) {
  try {
    return [parseRepositoryName(from)];
  } catch (error) {
    if (error instanceof OciError) return [];
    throw error;
  }
}

function refOf(exchange: RegistryExchange): UploadRef {
  const uploadId = exchange.params.upload ?? '';
  if (!/^[\w-]{1,64}$/.test(uploadId)) {
    throw new OciError('BLOB_UPLOAD_UNKNOWN', {
      message: `upload "${uploadId.slice(0, 100)}" is not known here`,
    });
  }
  return { repository: repositoryOf(exchange), uploadId, actorId: exchange.identity.principal.id };
}

/** The first byte that `Content-Range` announces; its length must be that of the body where the body says one. */
function offsetOf({ request }: RegistryExchange): number | undefined {
  const range = parseContentRange(request.headers['content-range']);
  const length = request.headers['content-length'];
  if (range && length !== undefined && Number(length) !== range.sizeBytes) {
    throw new OciError('BLOB_UPLOAD_INVALID', {
      message: `Content-Range is of ${range.sizeBytes} bytes, Content-Length says ${length}`,
    });
  }
  return range?.start;
}

function uploadHeaders({ params }: RegistryExchange, uploadId: string, sizeBytes: number) {
  return {
    ...API_VERSION,
    Location: `/v2/${params.name}/blobs/uploads/${uploadId}`,
    Range: uploadRange(sizeBytes),
    'Docker-Upload-UUID': uploadId,
  };
}

function sendCreated({ params, response }: RegistryExchange, digest: string): void {
  const Location = `/v2/${params.name}/blobs/${digest}`;
  sendEmpty(response, 201, { ...API_VERSION, Location, 'Docker-Content-Digest': digest });
}
