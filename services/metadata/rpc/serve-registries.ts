import type { RpcServer } from '@berth/bus';
import { listRepositories as listRepositoriesRpc, lookupRegistries } from '@berth/contracts';
import type { Metadata } from '../metadata.ts';
import { listRepositories } from '../registries/list-repositories.ts';

/** What auth-token and the catalog ask for. */
export function serveRegistries(server: RpcServer, { facts, finder }: Metadata): void {
  server.serve(lookupRegistries, async ({ names = [], ids = [] }) => {
    const found = [
      ...(await Promise.all(names.map((name) => finder.find(name)))),
      ...(ids.length > 0 ? await facts.registries.getMany(ids) : []),
    ];
    return {
      registries: found.flatMap((registry) => {
        if (!registry) return [];
        const { id, name, visibility, state } = registry;
        return [{ id, name, visibility, state }];
      }),
    };
  });
  server.serve(listRepositoriesRpc, async (query) => await listRepositories(facts, query));
}
