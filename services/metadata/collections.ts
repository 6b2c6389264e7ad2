import type { CollectionDefinition } from '@berth/document-store';
import { artifacts } from './documents/artifact.ts';
import { blobs, links } from './documents/blob.ts';
import { deletedArtifacts } from './documents/deleted-artifact.ts';
import { imageSummaries, images } from './documents/image.ts';
import { protectionPolicies } from './documents/protection-policy.ts';
import { pullStatistics } from './documents/pull-statistic.ts';
import { registries } from './documents/registry.ts';
import { tags } from './documents/tag.ts';
import { uploads } from './documents/upload.ts';

/**
 * All that the service keeps, for export and import. What names something comes before it: what is read later while clients work is then
 * at least as new, and what an exported document names is exported as well.
 */
export const COLLECTIONS: readonly CollectionDefinition[] = [
  ...[
    pullStatistics,
    imageSummaries,
    protectionPolicies,
    tags,
    deletedArtifacts,
    artifacts,
    images,
    links,
    blobs,
    uploads,
  ],
  registries,
] as unknown as readonly CollectionDefinition[];
