import type { RpcServer } from '@berth/bus';
import {
  claimUpload as claimUploadRpc,
  commitUpload as commitUploadRpc,
  discardUpload as discardUploadRpc,
  getUpload,
  type RepositoryName,
  recordUpload as recordUploadRpc,
  releaseUpload as releaseUploadRpc,
  renewUpload as renewUploadRpc,
  startUpload as startUploadRpc,
} from '@berth/contracts';
import { mountBlob } from '../blobs/mount-blob.ts';
import type { Metadata } from '../metadata.ts';
import { resolveRepository } from '../repository-scope.ts';
import { claimUpload, releaseUpload, renewUpload } from '../uploads/claim-upload.ts';
import { commitUpload } from '../uploads/commit-upload.ts';
import { discardUpload } from '../uploads/discard-upload.ts';
import { findOpenUpload } from '../uploads/find-upload.ts';
import { recordUpload } from '../uploads/record-upload.ts';
import { startUpload } from '../uploads/start-upload.ts';

/** The upload half of what distribution-api asks for. */
export function serveUploads(server: RpcServer, { facts, finder }: Metadata): void {
  async function resolve<R extends { repository: RepositoryName }>(request: R) {
    const scope = await resolveRepository(finder, request.repository);
    return { ...request, scope, imageId: scope.imageId };
  }

  server.serve(startUploadRpc, async (request) => {
    const { scope, mount, actor } = await resolve(request);
    const mounted = mount && (await mountBlob(facts, finder, { scope, ...mount }));
    if (mounted) return { mounted };
    return { upload: await startUpload(facts, scope, actor.id) };
  });
  server.serve(getUpload, async (request) => {
    const { sizeBytes } = await findOpenUpload(facts, await resolve(request));
    return { sizeBytes };
  });
  server.serve(claimUploadRpc, async (request) => await claimUpload(facts, await resolve(request)));
  server.serve(renewUploadRpc, async (request) => ({
    version: await renewUpload(facts, await resolve(request)),
  }));
  server.serve(releaseUploadRpc, async (request) => {
    await releaseUpload(facts, await resolve(request));
    return {};
  });
  server.serve(recordUploadRpc, async (request) => ({
    version: await recordUpload(facts, await resolve(request)),
  }));
  server.serve(commitUploadRpc, async (request) => {
    const resolved = await resolve(request);
    const committed = await commitUpload(facts, resolved.scope, resolved);
    return { ...committed, discardedKeys: [...committed.discardedKeys] };
  });
  server.serve(discardUploadRpc, async (request) => ({
    discarded: [...(await discardUpload(facts, await resolve(request)))],
  }));
}
