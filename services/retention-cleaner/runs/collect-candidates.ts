import type { RpcCaller } from '@berth/bus';
import { scanArtifacts } from '@berth/contracts';
import type { TaskDocument } from '../documents/cleanup-task.ts';
import type { Candidate } from '../evaluate/candidate.ts';

const PAGE = 200;
/** Artifacts and tags of one image, together: about 100 MB. An image with more stays as it is. */
export const FACTS_AT_MOST = 300_000;

/** An image that is not looked at; the message says why. */
export class ImageNotDecidable extends Error {}

/** All artifacts of an image. `onPage` is called between two pages. */
export async function collectCandidates(
  caller: RpcCaller,
  { registryId, image }: TaskDocument,
  onPage: () => Promise<void>,
): Promise<readonly Candidate[]> {
  const candidates = new Map<string, Candidate>();
  let facts = 0;
  let after: string | null = null;
  do {
    const query = { registryId, image, limit: PAGE, ...(after !== null && { after }) };
    const page: { items: readonly Candidate[]; next: string | null } = await caller.call(
      scanArtifacts,
      query,
    );
    for (const item of page.items) {
      candidates.set(item.digest, item);
      facts += 1 + item.tags.length;
    }
    if (facts > FACTS_AT_MOST)
      throw new ImageNotDecidable(`it has more than ${FACTS_AT_MOST} artifacts and tags`);
    after = page.next;
    await onPage();
  } while (after !== null);
  return [...candidates.values()];
}
