import type { RpcServer, Signaller } from '@berth/bus';
import {
  ANONYMOUS,
  claimUpload,
  commitUpload,
  deleteBlob,
  deleteManifest,
  deleteTag,
  discardUpload,
  getManifest,
  getUpload,
  grantScopes,
  listReferrers,
  listTags,
  putManifest,
  type RpcResponse,
  recordUpload,
  releaseUpload,
  renewUpload,
  type Scope,
  ServiceError,
  signingKeys,
  startUpload,
  statBlob,
} from '@berth/contracts';
import { digestOf } from '@berth/oci';

interface Upload {
  readonly repository: { registry: string; image: string };
  readonly actorId: string;
  version: number;
  key: string;
  driverState?: unknown;
  next?: string;
  sizeBytes: number;
  digests: Record<string, string>;
  isLeased: boolean;
  /** A claim ended without its bytes having been recorded. */
  isLapsed: boolean;
  committed?: string;
}

/** The facts behind `/v2` in memory: what metadata and auth-token answer, as far as the tests of this service need it. */
export interface FactsServer {
  readonly uploads: Map<string, Upload>;
  readonly blobs: Map<string, { digest: string; sizeBytes: number; key: string }>;
  /** Calls by method. */
  readonly calls: Map<string, number>;
  /** That the last call of a method carried. */
  readonly requestIds: Map<string, string>;
  /** What is told of a manifest besides, by the tag or digest that is asked for. */
  readonly manifestFacts: Map<string, Pick<RpcResponse<typeof getManifest>, 'artifactType' | 'isAttached'>>;
  /** Digests that somebody relies on, in the order of the questions. */
  readonly touched: string[];
  /** By which door each manifest came. */
  readonly doors: string[];
  readonly publicKeys: Record<string, unknown>[];
  /** `repository:name` → actions, by user name; the public is ''. */
  readonly grants: Map<string, Scope[]>;
}

export function serveFacts(
  bus: RpcServer & Signaller,
  { leaseMs }: { readonly leaseMs: number },
): FactsServer {
  const facts: FactsServer = {
    uploads: new Map(),
    blobs: new Map(),
    calls: new Map(),
    requestIds: new Map(),
    manifestFacts: new Map(),
    touched: [],
    doors: [],
    publicKeys: [],
    grants: new Map(),
  };
  const manifests = new Map<string, { bytes: Uint8Array; mediaType: string; digest: string }>();
  const counted = {
    serve: ((method, handler) =>
      bus.serve(method, (request, context) => {
        facts.calls.set(method.method, (facts.calls.get(method.method) ?? 0) + 1);
        facts.requestIds.set(method.method, context.requestId);
        return handler(request, context);
      })) as RpcServer['serve'],
  };
  serveUploads(counted, facts, leaseMs);
  counted.serve(statBlob, async ({ digest, touch }) => {
    if (touch) facts.touched.push(digest);
    const blob = facts.blobs.get(digest);
    if (!blob) throw new ServiceError('BLOB_UNKNOWN', `blob ${digest} is not here`);
    return blob;
  });
  counted.serve(putManifest, async ({ reference, tags, bytes, mediaType, via }) => {
    facts.doors.push(via);
    const digest = digestOf(bytes);
    for (const name of [digest, reference, ...tags]) manifests.set(name, { bytes, mediaType, digest });
    return { digest, tags };
  });
  counted.serve(deleteBlob, async ({ digest }) => {
    if (!facts.blobs.delete(digest)) throw new ServiceError('BLOB_UNKNOWN', `blob ${digest} is not here`);
    bus.signal('blobsWithdrawn');
    return {};
  });
  counted.serve(getManifest, async ({ reference, purpose, withBlobs }) => {
    const found = manifests.get(reference);
    if (!found) throw new ServiceError('MANIFEST_UNKNOWN', `manifest ${reference} is not here`);
    const { digest, mediaType, bytes } = found;
    return {
      registryId: 'r1',
      digest,
      mediaType,
      sizeBytes: bytes.byteLength,
      artifactSizeBytes: bytes.byteLength + 1_000,
      ...facts.manifestFacts.get(reference),
      ...(purpose !== 'head' && { bytes }),
      ...(withBlobs && { blobs: [...facts.blobs.values()] }),
    };
  });
  counted.serve(deleteTag, async ({ tag }) => {
    if (!manifests.delete(tag)) throw new ServiceError('MANIFEST_UNKNOWN', `tag ${tag} is not here`);
    return {};
  });
  counted.serve(deleteManifest, async ({ digest }) => {
    if (!manifests.delete(digest)) throw new ServiceError('MANIFEST_UNKNOWN', `${digest} is not here`);
    return {};
  });
  counted.serve(listTags, async ({ last, limit }) => {
    const all = ['a', 'b', 'c'].filter((tag) => last === undefined || tag > last);
    return { tags: all.slice(0, limit), hasMore: all.length > limit };
  });
  counted.serve(listReferrers, async () => ({ descriptors: [] }));
  counted.serve(signingKeys, async () => ({ keys: facts.publicKeys }));
  counted.serve(grantScopes, async ({ credential, scopes }) => {
    const name = credential?.kind === 'basic' ? credential.username : '';
    const held = facts.grants.get(name);
    if (held === undefined && name !== '')
      throw new ServiceError('UNAUTHORIZED', 'wrong user name or password');
    const access = scopes.flatMap((scope) => {
      const grant = held?.find((one) => one.name === scope.name);
      const actions = scope.actions.filter((action) => grant?.actions.includes(action));
      return actions.length === 0 ? [] : [{ ...scope, actions }];
    });
    return {
      principal: name === '' ? ANONYMOUS : { id: name, kind: 'user' as const, name, isAdmin: false },
      access,
    };
  });
  return facts;
}

function serveUploads(bus: RpcServer, facts: FactsServer, leaseMs: number): void {
  let count = 0;

  function find(ref: { uploadId: string; actorId: string; repository: { image: string } }): Upload {
    const upload = facts.uploads.get(ref.uploadId);
    if (upload?.actorId !== ref.actorId || upload.repository.image !== ref.repository.image)
      throw new ServiceError('UPLOAD_UNKNOWN', `upload ${ref.uploadId} is not here`);
    return upload;
  }

  function range({ sizeBytes }: Upload): ServiceError {
    return new ServiceError('UPLOAD_RANGE', `stands at ${sizeBytes}`, { detail: { offsetBytes: sizeBytes } });
  }

  function findOpen(ref: Parameters<typeof find>[0]): Upload {
    const upload = find(ref);
    if (upload.committed !== undefined) throw new ServiceError('UPLOAD_UNKNOWN', 'it ended');
    return upload;
  }

  function rest(
    upload: Upload,
    flushed: { version: number; sizeBytes: number; digests: Record<string, string>; driverState?: unknown },
  ): void {
    if (upload.version !== flushed.version) throw range(upload);
    upload.key = upload.next ?? upload.key;
    delete upload.next;
    upload.sizeBytes = flushed.sizeBytes;
    upload.digests = flushed.digests;
    upload.driverState = flushed.driverState;
    upload.isLeased = false;
    upload.isLapsed = false;
    upload.version += 1;
  }

  bus.serve(startUpload, async ({ repository, actor, mount }) => {
    const maySeek = mount && (mount.isRegistryWide || mount.candidates.length > 0);
    const mounted = maySeek ? facts.blobs.get(mount.digest) : undefined;
    if (mounted) return { mounted };
    count += 1;
    const uploadId = `u${count}`;
    const key = `blobs/00/${uploadId}`;
    facts.uploads.set(uploadId, {
      repository,
      actorId: actor.id,
      version: 1,
      key,
      sizeBytes: 0,
      digests: {},
      isLeased: false,
      isLapsed: false,
    });
    return { upload: { uploadId, key, version: 1 } };
  });
  bus.serve(getUpload, async (ref) => ({ sizeBytes: findOpen(ref).sizeBytes }));
  bus.serve(claimUpload, async ({ heldVersion, expectedOffsetBytes, isEnding, ...ref }) => {
    const upload = findOpen(ref);
    const isOff = expectedOffsetBytes !== undefined && expectedOffsetBytes !== upload.sizeBytes;
    if (upload.isLeased || isOff) throw range(upload);
    const ends = isEnding === true && upload.driverState !== undefined && !upload.isLapsed;
    const goesOn = ends || heldVersion === upload.version;
    upload.version += 1;
    upload.isLeased = true;
    upload.isLapsed = false;
    const { version, key, sizeBytes, driverState, digests } = upload;
    if (goesOn) return { version, key, sizeBytes, driverState, leaseMs, ...(ends && { digests }) };
    upload.next = `${key}.${version}`;
    const copyFrom = { key, sizeBytes, driverState };
    return { version, key: upload.next, sizeBytes, leaseMs, ...(sizeBytes > 0 && { copyFrom }) };
  });
  bus.serve(renewUpload, async ({ version, ...ref }) => {
    const upload = findOpen(ref);
    if (upload.version !== version) throw range(upload);
    upload.version += 1;
    return { version: upload.version };
  });
  bus.serve(releaseUpload, async ({ version, ...ref }) => {
    const upload = findOpen(ref);
    if (upload.version !== version) throw range(upload);
    upload.version += 1;
    upload.isLeased = false;
    upload.isLapsed = true;
    return {};
  });
  bus.serve(recordUpload, async (request) => {
    const upload = findOpen(request);
    rest(upload, request);
    return { version: upload.version };
  });
  bus.serve(discardUpload, async (ref) => {
    const { key, driverState } = findOpen(ref);
    facts.uploads.delete(ref.uploadId);
    return { discarded: [{ key, driverState }] };
  });
  bus.serve(commitUpload, async ({ digest, claim, ...ref }) => {
    const upload = find(ref);
    if (upload.committed === undefined) {
      if (claim) rest(upload, claim);
      else if (upload.isLeased) throw range(upload);
      const actual = upload.digests[digest.split(':', 1)[0] ?? ''];
      if (actual === undefined) throw new ServiceError('UPLOAD_NEEDS_HASH', 'not known');
      if (actual !== digest) throw new ServiceError('DIGEST_INVALID', `it is ${actual}`);
      upload.committed = digest;
      facts.blobs.set(digest, { digest, sizeBytes: upload.sizeBytes, key: upload.key });
    }
    if (upload.committed !== digest) throw new ServiceError('UPLOAD_UNKNOWN', 'it ended');
    return { digest, sizeBytes: upload.sizeBytes, discardedKeys: [] };
  });
}
