import type { AuditFinding, AuditKind } from '@berth/contracts';
import type { Collection, Stored } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import { auditArtifacts } from './audit-artifacts.ts';
import { auditBlobs } from './audit-blobs.ts';
import { auditLinks } from './audit-links.ts';
import { auditTags } from './audit-tags.ts';
import { auditUploads } from './audit-uploads.ts';

export interface AuditRequest {
  readonly kind: AuditKind;
  readonly limit: number;
  readonly after?: string | undefined;
  readonly ids?: readonly string[] | undefined;
  readonly repair: boolean;
}

export interface AuditPage {
  readonly examined: number;
  readonly findings: AuditFinding[];
  readonly blobs?: { digest: string; key: string; sizeBytes: number; version: number }[];
  readonly next: string | null;
}

/** Looks at one page of documents, or at some of them again, and says which do not agree with others. */
export async function auditFacts(facts: Facts, request: AuditRequest): Promise<AuditPage> {
  const repair = request.repair && request.ids !== undefined;
  switch (request.kind) {
    case 'blobs': {
      const { items, next } = await read(facts.blobs, request);
      const blobs = items.map(({ id: digest, key, sizeBytes, version }) => ({
        digest,
        key,
        sizeBytes,
        version,
      }));
      return { examined: items.length, findings: await auditBlobs(facts, items, repair), blobs, next };
    }
    case 'uploads':
      return await audited(facts.uploads, request, (items) => auditUploads(facts, items, repair));
    case 'links':
      return await audited(facts.links, request, (items) => auditLinks(facts, items, repair));
    case 'artifacts': {
      // Each is read by its audit, one at a time: they may be large.
      const { ids, next } = request.ids
        ? { ids: request.ids, next: null }
        : await idsOf(facts.artifacts, request);
      return { examined: ids.length, findings: await auditArtifacts(facts, ids), next };
    }
    case 'tags':
      return await audited(facts.tags, request, (items) => auditTags(facts, items, repair));
  }
}

async function audited<Body extends object>(
  collection: Collection<Body>,
  request: AuditRequest,
  audit: (items: readonly (Body & Stored)[]) => Promise<AuditFinding[]>,
): Promise<AuditPage> {
  const { items, next } = await read(collection, request);
  return { examined: items.length, findings: await audit(items), next };
}

async function idsOf<Body extends object>(
  collection: Collection<Body>,
  request: AuditRequest,
): Promise<{ ids: readonly string[]; next: string | null }> {
  const { items, next } = await read(collection, request);
  return { ids: items.map(({ id }) => id), next };
}

async function read<Body extends object>(
  collection: Collection<Body>,
  { ids, limit, after }: AuditRequest,
): Promise<{ items: readonly (Body & Stored)[]; next: string | null }> {
  if (ids === undefined)
    return await collection.page({ index: 'id', limit, ...(after !== undefined && { after }) });
  const items = (await collection.getMany(ids)).filter(
    (item): item is Awaited<typeof item> & object => item !== null,
  );
  return { items, next: null };
}
