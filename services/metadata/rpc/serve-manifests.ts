import type { RpcServer } from '@berth/bus';
import {
  type Actor,
  deleteBlob as deleteBlobRpc,
  deleteManifest,
  deleteTag as deleteTagRpc,
  getManifest,
  listReferrers as listReferrersRpc,
  listTags as listTagsRpc,
  putManifest,
  statBlob as statBlobRpc,
  type Via,
} from '@berth/contracts';
import { isAttachingTag } from '@berth/oci';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { listReferrers } from '../artifacts/list-referrers.ts';
import { pushManifest } from '../artifacts/push-manifest.ts';
import { deleteBlob } from '../blobs/delete-blob.ts';
import { statBlob } from '../blobs/stat-blob.ts';
import type { Artifact } from '../documents/artifact.ts';
import type { Origin } from '../events.ts';
import { inTime } from '../in-time.ts';
import type { Metadata } from '../metadata.ts';
import { resolveRepository } from '../repository-scope.ts';
import { deleteTag } from '../tags/delete-tag.ts';
import { listTags } from '../tags/list-tags.ts';

/** The manifest, tag and blob half of what distribution-api asks for. */
export function serveManifests(server: RpcServer, { facts, finder, manifests, pulls }: Metadata): void {
  server.serve(getManifest, async ({ repository, reference, purpose, withBlobs }) => {
    const scope = await resolveRepository(finder, repository);
    const found = await manifests.read(scope, reference, { withBlobs: withBlobs === true });
    if (purpose !== 'silent') pulls.record(found, purpose);
    const { digest, mediaType, manifestBytes, bytes } = found.artifact;
    return {
      registryId: scope.registry.id,
      digest,
      mediaType,
      sizeBytes: manifestBytes,
      ...(purpose === 'get' ? told(found.artifact, reference) : {}),
      ...(purpose === 'head' ? {} : { bytes }),
      ...(withBlobs ? { blobs: [...found.blobs] } : {}),
    };
  });
  server.serve(putManifest, async ({ repository, actor, via, address, ...push }, context) => {
    const scope = await resolveRepository(finder, repository);
    const pushed = await pushManifest(facts, {
      ...{ ...push, scope, origin: originOf({ actor, via, address }) },
      assertInTime: inTime(context),
    });
    return { ...pushed, tags: [...pushed.tags] };
  });
  server.serve(deleteManifest, async ({ repository, digest, ...origin }, context) => {
    const scope = await resolveRepository(finder, repository);
    const assertInTime = inTime(context);
    await deleteArtifact(facts, { scope, digest, origin: originOf(origin), assertInTime });
    return {};
  });
  server.serve(deleteTagRpc, async ({ repository, tag, ...origin }, context) => {
    const scope = await resolveRepository(finder, repository);
    await deleteTag(facts, { scope, tag, origin: originOf(origin), assertInTime: inTime(context) });
    return {};
  });
  server.serve(listTagsRpc, async ({ repository, ...query }) => {
    return await listTags(facts, await resolveRepository(finder, repository), query);
  });
  server.serve(listReferrersRpc, async ({ repository, ...query }) => {
    return await listReferrers(facts, await resolveRepository(finder, repository), query);
  });
  server.serve(statBlobRpc, async ({ repository, ...query }) => {
    return await statBlob(facts, await resolveRepository(finder, repository), query);
  });
  server.serve(deleteBlobRpc, async ({ repository, digest }) => {
    await deleteBlob(facts, await resolveRepository(finder, repository), digest);
    return {};
  });
}

/** What the event of a pull tells of an artifact, without another read. */
function told({ artifactType, sizeBytes, subjectId }: Artifact, reference: string) {
  return {
    ...(artifactType === undefined ? {} : { artifactType }),
    artifactSizeBytes: sizeBytes,
    isAttached: subjectId !== undefined || isAttachingTag(reference),
  };
}

function originOf({ actor, via, address }: { actor: Actor; via: Via; address?: string | undefined }): Origin {
  return address === undefined ? { actor, via } : { actor, via, address };
}
