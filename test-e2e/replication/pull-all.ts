import { verifyBlobs } from '../faults/workload.ts';
import type { Region } from './regions.ts';

/** Pulls each artifact of each image of a registry by its digest, with all of its blobs; what cannot be pulled whole, in words. */
export async function wholeArtifacts(
  { client, replication }: Region,
  registry: string,
): Promise<{ readonly pulled: number; readonly broken: readonly string[] }> {
  const broken: string[] = [];
  let pulled = 0;

  async function pages(operation: 'listImages' | 'listArtifacts', params: Record<string, string>) {
    const all = [];
    for (let after: string | undefined; ; ) {
      const query = { limit: '100', ...(after !== undefined && { after }) };
      const page = await replication.call(operation, { params, query });
      all.push(...page.items);
      if (!page.next) return all;
      after = page.next;
    }
  }

  for (const { name: image } of await pages('listImages', { registry })) {
    const repository = `${registry}/${image}`;
    for (const { digest } of await pages('listArtifacts', { registry, image })) {
      pulled += 1;
      const pull = async (): Promise<void> => {
        const { bytes } = await client.manifests.get(repository, digest);
        await verifyBlobs(client, repository, bytes);
      };
      await pull().catch((error) => broken.push(`${repository}@${digest}: ${error}`));
    }
  }
  return { pulled, broken };
}
