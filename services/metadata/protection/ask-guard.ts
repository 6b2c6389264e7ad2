import { setImmediate as letOthersRun } from 'node:timers/promises';
import { MAX_PROTECTION_POLICIES } from '@berth/contracts';
import type { Page, Stored } from '@berth/document-store';
import type { Tag } from '../documents/tag.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { guardOf, type ImageGuard, type ProtectingPolicy } from './guard.ts';
import { type ProtectedTags, TAGS_NAMED } from './protected.ts';

const BATCH = 200;

/** All policies of a registry, in one indexed read. */
export async function policiesOf(facts: Facts, registryId: string): Promise<readonly ProtectingPolicy[]> {
  const { items } = await facts.protectionPolicies.page({
    index: 'byRegistry',
    equals: { registryId },
    limit: MAX_PROTECTION_POLICIES,
  });
  return items;
}

/** The guard of an image as policies are now; null when none is about it. */
export async function askGuard(facts: Facts, scope: RepositoryScope): Promise<ImageGuard | null> {
  return guardOf(await policiesOf(facts, scope.registry.id), scope.image);
}

/** The protected ones among tags, page by page until a hundred are known; null when there is none. */
export async function findProtected(
  facts: Facts,
  guard: ImageGuard,
  which: { readonly imageId: string } | { readonly artifactId: string },
): Promise<ProtectedTags | null> {
  const tags: string[] = [];
  let policy: string | undefined;
  let after: string | null = null;
  do {
    const page: Page<Tag & Stored> = await facts.tags.page({
      index: 'imageId' in which ? 'byImage' : 'byArtifact',
      equals: { ...which },
      limit: BATCH,
      ...(after === null ? {} : { after }),
    });
    for (const { name } of page.items) {
      const protecting = guard(name);
      if (protecting === undefined) continue;
      policy ??= protecting;
      tags.push(name);
      if (tags.length === TAGS_NAMED) return { tags, policy };
    }
    after = page.next;
    if (after !== null) await letOthersRun();
  } while (after !== null);
  return policy === undefined ? null : { tags, policy };
}
