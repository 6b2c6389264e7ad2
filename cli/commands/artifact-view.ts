import type { ArtifactResource, DeletedArtifactResource } from '@berth/contracts';
import type { ResultOf } from '@berth/management-client';
import { type Look, showDigest, showList, showSize, showTime } from '../output/format.ts';
import type { Field, View } from '../output/view.ts';

type ArtifactDetail = ResultOf<'getArtifact'>;
type Descriptor = ArtifactDetail['referrers'][number];

const MAIN: readonly Field<ArtifactResource>[] = [
  { heading: 'digest', value: ({ digest }, look) => showDigest(digest, look) },
  { heading: 'tags', value: ({ tags }) => showList(tags) },
  { heading: 'platforms', value: ({ platforms }) => showList(platforms) },
  { heading: 'size', value: ({ size }) => showSize(size), right: true },
  { heading: 'pulls', value: ({ pullCount }) => String(pullCount), right: true },
  { heading: 'pushed', value: ({ pushedAt }, look) => showTime(pushedAt, look) },
  { heading: 'pulled', value: ({ lastPulledAt }, look) => showTime(lastPulledAt, look) },
  { heading: 'type', value: ({ artifactType, mediaType }) => artifactType ?? mediaType, only: 'wide' },
  { heading: 'by', value: ({ createdBy }) => createdBy.name, only: 'wide' },
];

export const ARTIFACT_VIEW: View<ArtifactResource> = { name: ({ digest }) => digest, fields: MAIN };

/** One artifact shows its digest whole: it is what other commands take. */
export const ARTIFACT_DETAIL_VIEW: View<ArtifactDetail> = {
  name: ({ digest }) => digest,
  fields: [
    { heading: 'digest', value: ({ digest }) => digest },
    ...MAIN.slice(1),
    { heading: 'media type', value: ({ mediaType }) => mediaType },
    { heading: 'config', value: ({ config }, look) => descriptors(config && [config], look) },
    { heading: 'layers', value: ({ layers }, look) => descriptors(layers, look) },
    { heading: 'manifests', value: ({ manifests }, look) => descriptors(manifests, look) },
    { heading: 'subject', value: ({ subject }, look) => descriptors(subject && [subject], look) },
    { heading: 'referrers', value: ({ referrers }, look) => descriptors(referrers, look) },
    {
      heading: 'annotations',
      value: ({ annotations }) => Object.entries(annotations).map(([name, value]) => `${name}=${value}`),
    },
  ],
};

/** What is in the recycle bin shows its digest whole: `restore` takes it. */
export const DELETED_VIEW: View<DeletedArtifactResource> = {
  name: ({ image, digest }) => `${image}@${digest}`,
  fields: [
    { heading: 'image', value: ({ image }) => image },
    { heading: 'digest', value: ({ digest }) => digest },
    { heading: 'tags', value: ({ tags }) => showList(tags) },
    { heading: 'size', value: ({ size }) => showSize(size), right: true },
    { heading: 'deleted', value: ({ deletedAt }, look) => showTime(deletedAt, look) },
    { heading: 'by', value: ({ deletedBy, via }) => `${deletedBy.name} (${via})` },
    { heading: 'restorable until', value: ({ restorableUntil }, look) => showTime(restorableUntil, look) },
    { heading: 'attached to', value: ({ attachedTo }) => attachedTo ?? '', only: 'wide' },
  ],
};

export const RESTORED_VIEW: View<ResultOf<'restoreArtifact'>> = {
  name: ({ digest }) => digest,
  fields: [
    { heading: 'restored', value: ({ digest }) => digest },
    { heading: 'tags', value: ({ tags }) => showList(tags) },
    { heading: 'tags that stay elsewhere', value: ({ tagsElsewhere }) => showList(tagsElsewhere) },
    { heading: 'also restored', value: ({ alsoRestored }) => alsoRestored },
    { heading: 'not restored', value: ({ notRestored }) => notRestored.map(({ reason }) => reason) },
  ],
};

function descriptors(some: readonly Descriptor[] | undefined, look: Look): string[] {
  return (some ?? []).map(({ digest, size, mediaType, artifactType, platform }) =>
    [showDigest(digest, look), showSize(size), artifactType ?? mediaType, showPlatform(platform)]
      .filter((part) => part !== '')
      .join('  '),
  );
}

/** `linux/arm64/v8` of a descriptor's platform, which is whatever the manifest says. */
function showPlatform(platform: unknown): string {
  const { os, architecture, variant } = Object(platform) as Record<string, unknown>;
  return [os, architecture, variant].filter((part) => typeof part === 'string').join('/');
}
